package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// schemaVersion is the version of C++ Nix's database that this package reads and writes.
const schemaVersion = "10"

//go:embed schema.sql
var schema string

// maxReaders bounds the connections that are open for reading.
const maxReaders = 4

// database is the SQLite database: one connection that writes, several that read.
type database struct {
	file      string
	immutable bool // opened by a user who may write nothing, while nobody else writes
	writer    chan *sqlite.Conn
	readers   chan *sqlite.Conn // holds nil for connections not opened yet
	lock      *os.File          // shared lock that keeps Nix from upgrading the schema meanwhile
}

func openDatabase(dir string, readOnly bool) (*database, error) {
	db := &database{
		file:    filepath.Join(dir, "db.sqlite"),
		writer:  make(chan *sqlite.Conn, 1),
		readers: make(chan *sqlite.Conn, maxReaders),
	}
	for range maxReaders {
		db.readers <- nil
	}
	if err := db.checkVersion(dir, readOnly); err != nil {
		return nil, err
	}
	if readOnly {
		return db, db.probe()
	}
	conn, err := db.connect(sqlite.OpenReadWrite)
	if err != nil {
		db.close()
		return nil, err
	}
	db.writer <- conn
	return db, nil
}

// checkVersion makes the database if there is none, and refuses unknown ones.
func (db *database) checkVersion(dir string, readOnly bool) error {
	version, err := os.ReadFile(filepath.Join(dir, "schema"))
	if errors.Is(err, os.ErrNotExist) && !readOnly {
		return db.create(dir)
	}
	if err != nil {
		return err
	}
	if found := strings.TrimSpace(string(version)); found != schemaVersion {
		return fmt.Errorf("the database has schema version %s, and only %s is supported", found, schemaVersion)
	}
	if readOnly {
		return nil
	}
	return db.holdLock(dir, unix.LOCK_SH)
}

func (db *database) holdLock(dir string, how int) error {
	var err error
	if db.lock == nil {
		if db.lock, err = os.OpenFile(filepath.Join(dir, "big-lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
			return err
		}
	}
	return flock(db.lock, how)
}

func (db *database) create(dir string) error {
	if err := db.holdLock(dir, unix.LOCK_EX); err != nil {
		return err
	}
	version := filepath.Join(dir, "schema")
	if _, err := os.Stat(version); errors.Is(err, os.ErrNotExist) {
		if err := db.makeTables(); err != nil {
			return fmt.Errorf("making the database: %w", err)
		}
		if err := writeFileSynced(version, schemaVersion); err != nil {
			return err
		}
	}
	return db.holdLock(dir, unix.LOCK_SH)
}

func (db *database) makeTables() error {
	conn, err := db.connect(sqlite.OpenReadWrite | sqlite.OpenCreate)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := sqlitex.ExecuteTransient(conn, "pragma journal_mode = wal", nil); err != nil {
		return err
	}
	return sqlitex.ExecuteScript(conn, schema, nil)
}

func writeFileSynced(name, text string) error {
	temp := name + ".new"
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(temp, name)
}

// probe finds out how a user without write permission can read: beside a
// running writer through its shared memory, else as a file that does not change.
func (db *database) probe() error {
	err := db.tryRead()
	if err != nil {
		db.immutable = true
		err = db.tryRead()
	}
	return err
}

func (db *database) tryRead() error {
	conn, err := db.connect(sqlite.OpenReadOnly)
	if err != nil {
		return err
	}
	defer conn.Close()
	return sqlitex.ExecuteTransient(conn, "select 1 from ValidPaths limit 1", nil)
}

func (db *database) connect(flags sqlite.OpenFlags) (*sqlite.Conn, error) {
	name := db.file
	if db.immutable {
		escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(name)
		name, flags = "file:"+escaped+"?immutable=1", flags|sqlite.OpenURI
	}
	conn, err := sqlite.OpenConn(name, flags)
	if err != nil {
		return nil, fmt.Errorf("opening '%s': %w", db.file, err)
	}
	conn.SetBusyTimeout(time.Hour)
	for _, setting := range []string{"foreign_keys = 1", "synchronous = normal", "wal_autocheckpoint = 40000"} {
		if err := sqlitex.ExecuteTransient(conn, "pragma "+setting, nil); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// read runs a query on a connection that nothing else uses meanwhile.
func (db *database) read(ctx context.Context, query func(*sqlite.Conn) error) error {
	var conn *sqlite.Conn
	select {
	case conn = <-db.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { db.readers <- conn }()
	if conn == nil {
		opened, err := db.connect(sqlite.OpenReadOnly)
		if err != nil {
			return err
		}
		conn = opened
	}
	conn.SetInterrupt(ctx.Done())
	defer conn.SetInterrupt(nil)
	return unlessInterrupted(ctx, query(conn))
}

// unlessInterrupted gives what an interrupted query fails with its real cause.
func unlessInterrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// write runs a transaction on the writing connection.
func (db *database) write(ctx context.Context, change func(*sqlite.Conn) error) (err error) {
	var conn *sqlite.Conn
	select {
	case conn = <-db.writer:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { db.writer <- conn }()
	conn.SetInterrupt(ctx.Done())
	defer conn.SetInterrupt(nil)
	defer func() { err = unlessInterrupted(ctx, err) }()
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	return change(conn)
}

func (db *database) close() error {
	var errs []error
	for range maxReaders {
		if conn := <-db.readers; conn != nil {
			errs = append(errs, conn.Close())
		}
	}
	select {
	case conn := <-db.writer:
		errs = append(errs, conn.Close())
	default:
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}
