package testdriver

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of a report in the output directory.
const (
	reportJSON  = "report.json"
	reportJUnit = "junit.xml"
)

// writeReports writes the result for programs.
func writeReports(dir string, result *Result) error {
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("encode test report: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, reportJSON), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write test report: %w", err)
	}
	text, err = xml.MarshalIndent(junit(result), "", "  ")
	if err != nil {
		return fmt.Errorf("encode JUnit report: %w", err)
	}
	text = append([]byte(xml.Header), append(text, '\n')...)
	if err := os.WriteFile(filepath.Join(dir, reportJUnit), text, 0o644); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

// The JUnit format, as far as test viewers agree on it.
type junitSuite struct {
	XMLName   xml.Name    `xml:"testsuite"`
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// junit has one case per subtest, and one for the script as a whole.
func junit(result *Result) junitSuite {
	suite := junitSuite{
		Name: result.Name, Time: seconds(result.Seconds),
		Timestamp: result.Started.UTC().Format(time.RFC3339),
	}
	for _, sub := range result.Subtests {
		c := junitCase{Name: sub.Name, Classname: result.Name, Time: seconds(sub.Seconds)}
		if !sub.Passed {
			c.Failure = &junitFailure{Message: sub.Message, Type: "subtest"}
		}
		suite.add(c)
	}
	whole := junitCase{Name: "testScript", Classname: result.Name, Time: seconds(result.ScriptSeconds)}
	if f := result.Failure; f != nil {
		whole.Failure = &junitFailure{Message: f.Message, Type: string(f.Kind), Text: strings.Join(f.Report(), "\n")}
	}
	suite.add(whole)
	return suite
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
