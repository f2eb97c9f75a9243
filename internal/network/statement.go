package network

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Numbers of protocols and packet types.
const (
	protocolICMP   = 1
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
	familyIPv4     = 2
	familyIPv6     = 10
)

// register holds the value that a comparison looks at.
const register = 1

func equal(data []byte) *expr.Cmp {
	return &expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: data}
}

func meta(key expr.MetaKey) *expr.Meta { return &expr.Meta{Key: key, Register: register} }

func port(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }

// fromInterface matches where a packet came in. A name that ends in "+" or "*"
// stands for all that begin so.
func fromInterface(name string) statement {
	return matchInterface("iifname", expr.MetaKeyIIFNAME, name)
}

func toInterface(name string) statement {
	return matchInterface("oifname", expr.MetaKeyOIFNAME, name)
}

func matchInterface(word string, key expr.MetaKey, name string) statement {
	data := make([]byte, unix.IFNAMSIZ)
	if prefix := strings.TrimRight(name, "+*"); prefix != name {
		name, data = prefix+"*", []byte(prefix)
	} else {
		copy(data, name)
	}
	return statement{fmt.Sprintf("%s %q", word, name), []expr.Any{meta(key), equal(data)}}
}

func family(number byte) statement {
	return statement{fmt.Sprintf("meta nfproto %d", number), []expr.Any{meta(expr.MetaKeyNFPROTO), equal([]byte{number})}}
}

func protocol(number byte) statement {
	return statement{fmt.Sprintf("meta l4proto %d", number), []expr.Any{meta(expr.MetaKeyL4PROTO), equal([]byte{number})}}
}

func transport(offset, length uint32) *expr.Payload {
	return &expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: length}
}

// sourcePort and destinationPort match ports from one to another.
func sourcePort(from, to int) statement      { return matchPort("sport", 0, from, to) }
func destinationPort(from, to int) statement { return matchPort("dport", 2, from, to) }

func matchPort(word string, offset uint32, from, to int) statement {
	if from == to {
		return statement{fmt.Sprintf("th %s %d", word, from), []expr.Any{transport(offset, 2), equal(port(from))}}
	}
	return statement{fmt.Sprintf("th %s %d-%d", word, from, to), []expr.Any{transport(offset, 2),
		&expr.Cmp{Op: expr.CmpOpGte, Register: register, Data: port(from)},
		&expr.Cmp{Op: expr.CmpOpLte, Register: register, Data: port(to)}}}
}

// messageType matches the type of an ICMP message, whichever family.
func messageType(word string, number byte) statement {
	return statement{fmt.Sprintf("%s type %d", word, number), []expr.Any{transport(0, 1), equal([]byte{number})}}
}

func messageTypeNot(word string, number byte) statement {
	return statement{fmt.Sprintf("%s type != %d", word, number), []expr.Any{transport(0, 1),
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: []byte{number}}}}
}

// known matches packets of connections that exist already.
func known() statement {
	const states = expr.CtStateBitESTABLISHED | expr.CtStateBitRELATED
	return statement{"ct state 0x2,0x4", []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: register},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 4,
			Mask: binary.NativeEndian.AppendUint32(nil, states), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: make([]byte, 4)}}}
}

// opening matches the first packet of a TCP connection.
func opening() statement {
	return statement{"tcp flags & 0x17 == 0x2", []expr.Any{transport(13, 1),
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 1, Mask: []byte{0x17}, Xor: []byte{0}},
		equal([]byte{0x02})}}
}

// forUs matches packets that were not broadcast.
func forUs() statement {
	return statement{"meta pkttype 0", []expr.Any{meta(expr.MetaKeyPKTTYPE), equal([]byte{0})}}
}

// linkLocalDestination matches IPv6 packets to fe80::/64.
func linkLocalDestination() statement {
	return statement{"ip6 daddr fe80::/64", []expr.Any{
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: 24, Len: 8},
		equal([]byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0})}}
}

// returns matches packets whose sender would be answered: strictly by the
// interface that the packet came in on.
func returns(strict bool) statement {
	text := "fib saddr . mark oif exists"
	if strict {
		text = "fib saddr . mark . iif oif exists"
	}
	return statement{text, []expr.Any{
		&expr.Fib{Register: register, ResultOIF: true, FlagSADDR: true, FlagMARK: true, FlagIIF: strict, FlagPRESENT: true},
		equal([]byte{1})}}
}

func logs(prefix string) statement {
	return statement{fmt.Sprintf("log prefix %q level 6", prefix), []expr.Any{
		&expr.Log{Level: expr.LogLevelInfo, Data: []byte(prefix),
			Key: 1<<unix.NFTA_LOG_PREFIX | 1<<unix.NFTA_LOG_LEVEL}}}
}

func accept() statement {
	return statement{"accept", []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}}}
}

func drop() statement {
	return statement{"drop", []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}}}
}

func jump(name string) statement {
	return statement{"jump " + name, []expr.Any{&expr.Verdict{Kind: expr.VerdictJump, Chain: name}}}
}

func resetConnection() statement {
	return statement{"reject with tcp reset", []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}}
}

func rejectPort() statement {
	return statement{"reject with icmpx 1", []expr.Any{
		&expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: unix.NFT_REJECT_ICMPX_PORT_UNREACH}}}
}

func masquerade() statement {
	return statement{"masquerade", []expr.Any{&expr.Masq{}}}
}

// limit reads an expression such as "2/second" or "1/minute burst 5 packets".
func limit(text string) (statement, error) {
	fields := strings.Fields(text)
	bad := fmt.Errorf("packet limit %q: expected a rate such as 2/second, optionally followed by burst 5 packets", text)
	if len(fields) != 1 && !(len(fields) == 4 && fields[1] == "burst" && fields[3] == "packets") {
		return statement{}, bad
	}
	count, word, _ := strings.Cut(fields[0], "/")
	rate, err := strconv.ParseUint(count, 10, 64)
	unit := limitUnit(word)
	if err != nil || unit == 0 {
		return statement{}, bad
	}
	burst := uint64(5)
	if len(fields) == 4 {
		if burst, err = strconv.ParseUint(fields[2], 10, 32); err != nil {
			return statement{}, bad
		}
	}
	return statement{fmt.Sprintf("limit rate %d/%s burst %d packets", rate, word, burst), []expr.Any{
		&expr.Limit{Type: expr.LimitTypePkts, Rate: rate, Unit: unit, Burst: uint32(burst)}}}, nil
}

func limitUnit(word string) expr.LimitTime {
	switch word {
	case "second":
		return expr.LimitTimeSecond
	case "minute":
		return expr.LimitTimeMinute
	case "hour":
		return expr.LimitTimeHour
	case "day":
		return expr.LimitTimeDay
	case "week":
		return expr.LimitTimeWeek
	}
	return 0
}
