package image

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// spdxDocument is the part of SPDX 2.3 that describes packages.
type spdxDocument struct {
	Version       string             `json:"spdxVersion"`
	License       string             `json:"dataLicense"`
	ID            string             `json:"SPDXID"`
	Name          string             `json:"name"`
	Namespace     string             `json:"documentNamespace"`
	Creation      spdxCreation       `json:"creationInfo"`
	Packages      []spdxPackage      `json:"packages"`
	Relationships []spdxRelationship `json:"relationships"`
}

type spdxCreation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID        string          `json:"SPDXID"`
	Name      string          `json:"name"`
	Version   string          `json:"versionInfo,omitempty"`
	Supplier  string          `json:"supplier,omitempty"`
	Location  string          `json:"downloadLocation"`
	Analyzed  bool            `json:"filesAnalyzed"`
	Source    string          `json:"sourceInfo,omitempty"`
	License   string          `json:"licenseConcluded"`
	Declared  string          `json:"licenseDeclared"`
	Copyright string          `json:"copyrightText"`
	Purpose   string          `json:"primaryPackagePurpose,omitempty"`
	Refs      []spdxReference `json:"externalRefs,omitempty"`
}

type spdxReference struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxRelationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

const noAssertion = "NOASSERTION"

// WriteSBOM writes what software is in the image as SPDX 2.3. The document
// follows from the image alone: it has the image's date and id.
func (b *Built) WriteSBOM(w io.Writer, version string) error {
	created, err := date(b.Plan.Created, b.options.Time)
	if err != nil {
		return err
	}
	const image = "SPDXRef-Image"
	d := spdxDocument{
		Version: "SPDX-2.3", License: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: b.Tag,
		Namespace: "https://berth.dev/spdx/" + b.ID.Hex,
		Creation:  spdxCreation{created.Format("2006-01-02T15:04:05Z"), []string{"Tool: berth-" + version}},
	}
	d.Packages = append(d.Packages, spdxPackage{
		ID: image, Name: b.Plan.Name, Version: b.Plan.Tag, Location: noAssertion, License: noAssertion, Declared: noAssertion,
		Copyright: noAssertion, Purpose: "CONTAINER",
		Refs: []spdxReference{{"PACKAGE-MANAGER", "purl", fmt.Sprintf("pkg:oci/%s@%s?arch=%s", url.PathEscape(b.Plan.Name), url.QueryEscape(b.ID.String()), b.Plan.Architecture)}},
	})
	d.Relationships = append(d.Relationships, spdxRelationship{d.ID, "DESCRIBES", image})
	for i, p := range b.Plan.Packages {
		described := p.spdx(fmt.Sprintf("SPDXRef-Package-%d", i))
		d.Packages = append(d.Packages, described)
		d.Relationships = append(d.Relationships, spdxRelationship{image, "CONTAINS", described.ID})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

func (p Package) spdx(id string) spdxPackage {
	s := spdxPackage{
		ID: id, Name: p.Name, Version: p.Version, Location: noAssertion, License: noAssertion, Declared: noAssertion,
		Copyright: noAssertion, Source: "built from " + p.Path, Purpose: "LIBRARY",
	}
	if !p.Debian {
		return s
	}
	s.Supplier = "Organization: Debian"
	source := p.Source
	if source == "" {
		source = p.Name
	}
	s.Source = "built package from: " + source
	query := url.Values{"arch": {p.Architecture}, "distro": {"debian"}}
	if name, version, ok := strings.Cut(p.Source, " "); ok || p.Source != "" {
		query.Set("upstream", name)
		if ok {
			query.Set("upstream", name+"@"+strings.Trim(version, "()"))
		}
	}
	s.Refs = []spdxReference{{"PACKAGE-MANAGER", "purl", "pkg:deb/debian/" + url.PathEscape(p.Name) + "@" + url.PathEscape(p.Version) + "?" + query.Encode()}}
	return s
}
