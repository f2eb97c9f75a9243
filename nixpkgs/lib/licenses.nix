# Licences, for meta.license. Names are what packages write, identifiers those
# of the SPDX list.
{ lib }:
let
  free = spdxId: fullName: { inherit spdxId fullName; };
  unfree = fullName: {
    inherit fullName;
    free = false;
  };

  table = {
    afl20 = free "AFL-2.0" "Academic Free License v2.0";
    afl21 = free "AFL-2.1" "Academic Free License v2.1";
    afl3 = free "AFL-3.0" "Academic Free License v3.0";
    agpl3Only = free "AGPL-3.0-only" "GNU Affero General Public License v3.0 only";
    agpl3Plus = free "AGPL-3.0-or-later" "GNU Affero General Public License v3.0 or later";
    apsl20 = free "APSL-2.0" "Apple Public Source License 2.0";
    artistic1 = free "Artistic-1.0" "Artistic License 1.0";
    artistic2 = free "Artistic-2.0" "Artistic License 2.0";
    asl20 = free "Apache-2.0" "Apache License 2.0";
    asl20-llvm = free "Apache-2.0 WITH LLVM-exception" "Apache License 2.0 with LLVM Exceptions";
    beerware = free "Beerware" "Beerware License";
    blueOak100 = free "BlueOak-1.0.0" "Blue Oak Model License 1.0.0";
    boost = free "BSL-1.0" "Boost Software License 1.0";
    bsd0 = free "0BSD" "BSD Zero Clause License";
    bsd1 = free "BSD-1-Clause" "BSD 1-Clause License";
    bsd2 = free "BSD-2-Clause" "BSD 2-clause \"Simplified\" License";
    bsd2Patent = free "BSD-2-Clause-Patent" "BSD-2-Clause Plus Patent License";
    bsd3 = free "BSD-3-Clause" "BSD 3-clause \"New\" or \"Revised\" License";
    bsd3Clear = free "BSD-3-Clause-Clear" "BSD 3-Clause Clear License";
    bsdOriginal = free "BSD-4-Clause" "BSD 4-clause \"Original\" or \"Old\" License";
    bsdOriginalShortened = free "BSD-4-Clause-Shortened" "BSD 4 Clause Shortened";
    bsdOriginalUC = free "BSD-4-Clause-UC" "BSD 4-Clause University of California-Specific";
    bsdProtection = free "BSD-Protection" "BSD Protection License";
    bsl11 = unfree "Business Source License 1.1" // { spdxId = "BUSL-1.1"; };
    cal10 = free "CAL-1.0" "Cryptographic Autonomy License version 1.0";
    cc-by-10 = free "CC-BY-1.0" "Creative Commons Attribution 1.0";
    cc-by-30 = free "CC-BY-3.0" "Creative Commons Attribution 3.0";
    cc-by-40 = free "CC-BY-4.0" "Creative Commons Attribution 4.0";
    cc-by-sa-20 = free "CC-BY-SA-2.0" "Creative Commons Attribution Share Alike 2.0";
    cc-by-sa-25 = free "CC-BY-SA-2.5" "Creative Commons Attribution Share Alike 2.5";
    cc-by-sa-30 = free "CC-BY-SA-3.0" "Creative Commons Attribution Share Alike 3.0";
    cc-by-sa-40 = free "CC-BY-SA-4.0" "Creative Commons Attribution Share Alike 4.0";
    cc-by-nc-40 = unfree "Creative Commons Attribution Non Commercial 4.0 International" // { spdxId = "CC-BY-NC-4.0"; };
    cc-by-nc-sa-40 = unfree "Creative Commons Attribution Non Commercial Share Alike 4.0" // { spdxId = "CC-BY-NC-SA-4.0"; };
    cc-by-nd-40 = unfree "Creative Commons Attribution-No Derivative Works v4.00" // { spdxId = "CC-BY-ND-4.0"; };
    cc0 = free "CC0-1.0" "Creative Commons Zero v1.0 Universal";
    cddl = free "CDDL-1.0" "Common Development and Distribution License 1.0";
    cecill20 = free "CECILL-2.0" "CeCILL Free Software License Agreement v2.0";
    cecill21 = free "CECILL-2.1" "CeCILL Free Software License Agreement v2.1";
    cecill-b = free "CECILL-B" "CeCILL-B Free Software License Agreement";
    cecill-c = free "CECILL-C" "CeCILL-C Free Software License Agreement";
    cpl10 = free "CPL-1.0" "Common Public License 1.0";
    curl = free "curl" "curl License";
    doc = free "DOC" "DOC License";
    ecl20 = free "ECL-2.0" "Educational Community License v2.0";
    efl20 = free "EFL-2.0" "Eiffel Forum License v2.0";
    elastic20 = unfree "Elastic License 2.0" // { spdxId = "Elastic-2.0"; };
    epl10 = free "EPL-1.0" "Eclipse Public License 1.0";
    epl20 = free "EPL-2.0" "Eclipse Public License 2.0";
    eupl11 = free "EUPL-1.1" "European Union Public License 1.1";
    eupl12 = free "EUPL-1.2" "European Union Public License 1.2";
    fdl11Only = free "GFDL-1.1-only" "GNU Free Documentation License v1.1 only";
    fdl11Plus = free "GFDL-1.1-or-later" "GNU Free Documentation License v1.1 or later";
    fdl12Only = free "GFDL-1.2-only" "GNU Free Documentation License v1.2 only";
    fdl12Plus = free "GFDL-1.2-or-later" "GNU Free Documentation License v1.2 or later";
    fdl13Only = free "GFDL-1.3-only" "GNU Free Documentation License v1.3 only";
    fdl13Plus = free "GFDL-1.3-or-later" "GNU Free Documentation License v1.3 or later";
    free = { fullName = "Unspecified free software license"; };
    fsl11Asl20 = unfree "Functional Source License, Version 1.1, Apache 2.0 Future License" // { spdxId = "FSL-1.1-ALv2"; };
    fsl11Mit = unfree "Functional Source License, Version 1.1, MIT Future License" // { spdxId = "FSL-1.1-MIT"; };
    ftl = free "FTL" "Freetype Project License";
    gpl1Only = free "GPL-1.0-only" "GNU General Public License v1.0 only";
    gpl1Plus = free "GPL-1.0-or-later" "GNU General Public License v1.0 or later";
    gpl2Only = free "GPL-2.0-only" "GNU General Public License v2.0 only";
    gpl2Plus = free "GPL-2.0-or-later" "GNU General Public License v2.0 or later";
    gpl2Classpath = free "GPL-2.0-only WITH Classpath-exception-2.0" "GNU General Public License v2.0 only with Classpath exception";
    gpl3Only = free "GPL-3.0-only" "GNU General Public License v3.0 only";
    gpl3Plus = free "GPL-3.0-or-later" "GNU General Public License v3.0 or later";
    hpnd = free "HPND" "Historic Permission Notice and Disclaimer";
    ibmpl10 = free "IPL-1.0" "IBM Public License v1.0";
    icu = free "ICU" "ICU";
    ijg = free "IJG" "Independent JPEG Group License";
    info-zip = free "Info-ZIP" "Info-ZIP License";
    ipa = free "IPA" "IPA Font License";
    isc = free "ISC" "ISC License";
    lgpl2Only = free "LGPL-2.0-only" "GNU Library General Public License v2 only";
    lgpl2Plus = free "LGPL-2.0-or-later" "GNU Library General Public License v2 or later";
    lgpl21Only = free "LGPL-2.1-only" "GNU Lesser General Public License v2.1 only";
    lgpl21Plus = free "LGPL-2.1-or-later" "GNU Lesser General Public License v2.1 or later";
    lgpl3Only = free "LGPL-3.0-only" "GNU Lesser General Public License v3.0 only";
    lgpl3Plus = free "LGPL-3.0-or-later" "GNU Lesser General Public License v3.0 or later";
    libpng = free "Libpng" "libpng License";
    libpng2 = free "libpng-2.0" "libpng License v2";
    libtiff = free "libtiff" "libtiff License";
    llgpl21 = { fullName = "Lisp LGPL; GNU Lesser General Public License version 2.1 with Franz Inc. preamble"; };
    lppl12 = free "LPPL-1.2" "LaTeX Project Public License v1.2";
    lppl13c = free "LPPL-1.3c" "LaTeX Project Public License v1.3c";
    mit = free "MIT" "MIT License";
    mit0 = free "MIT-0" "MIT No Attribution";
    mitAdvertising = free "MIT-advertising" "Enlightenment License (e16)";
    mpl10 = free "MPL-1.0" "Mozilla Public License 1.0";
    mpl11 = free "MPL-1.1" "Mozilla Public License 1.1";
    mpl20 = free "MPL-2.0" "Mozilla Public License 2.0";
    mspl = free "MS-PL" "Microsoft Public License";
    mulan-psl2 = free "MulanPSL-2.0" "Mulan Permissive Software License, Version 2";
    ncsa = free "NCSA" "University of Illinois/NCSA Open Source License";
    ncul1 = { fullName = "Netdata Cloud UI License v1.0"; free = false; };
    nlpl = free "NLPL" "No Limit Public License";
    nposl3 = free "NPOSL-3.0" "Non-Profit Open Software License 3.0";
    obsidian = unfree "Obsidian End User Agreement";
    ofl = free "OFL-1.1" "SIL Open Font License 1.1";
    oml = free "OML" "Open Market License";
    openldap = free "OLDAP-2.8" "Open LDAP Public License v2.8";
    openssl = free "OpenSSL" "OpenSSL License";
    osl2 = free "OSL-2.0" "Open Software License 2.0";
    osl21 = free "OSL-2.1" "Open Software License 2.1";
    osl3 = free "OSL-3.0" "Open Software License 3.0";
    php301 = free "PHP-3.01" "PHP License v3.01";
    postgresql = free "PostgreSQL" "PostgreSQL License";
    psfl = free "Python-2.0" "Python Software Foundation License version 2";
    publicDomain = { fullName = "Public Domain"; };
    purdueBsd = { fullName = "Purdue BSD-Style License"; };
    qpl = free "QPL-1.0" "Q Public License 1.0";
    ruby = free "Ruby" "Ruby License";
    sendmail = free "Sendmail" "Sendmail License";
    sgi-b-20 = free "SGI-B-2.0" "SGI Free Software License B v2.0";
    sleepycat = free "Sleepycat" "Sleepycat License";
    smlnj = free "SMLNJ" "Standard ML of New Jersey License";
    sspl = unfree "Server Side Public License" // { spdxId = "SSPL-1.0"; };
    stk = { fullName = "Synthesis Tool Kit 4.3"; };
    tcltk = free "TCL" "TCL/TK License";
    ucd = free "ICU" "Unicode Character Database License";
    ufl = { fullName = "Ubuntu Font License 1.0"; };
    unfree = unfree "Unfree";
    unfreeRedistributable = unfree "Unfree redistributable" // { redistributable = true; };
    unfreeRedistributableFirmware = unfree "Unfree redistributable firmware" // { redistributable = true; };
    unicode-30 = free "Unicode-3.0" "Unicode License v3";
    unicode-dfs-2015 = free "Unicode-DFS-2015" "Unicode License Agreement - Data Files and Software (2015)";
    unicode-dfs-2016 = free "Unicode-DFS-2016" "Unicode License Agreement - Data Files and Software (2016)";
    unlicense = free "Unlicense" "The Unlicense";
    upl = free "UPL-1.0" "Universal Permissive License";
    vim = free "Vim" "Vim License";
    virtualbox-puel = unfree "Oracle VM VirtualBox Extension Pack Personal Use and Evaluation License (PUEL)";
    vsl10 = free "VSL-1.0" "Vovida Software License v1.0";
    w3c = free "W3C" "W3C Software Notice and License";
    wadalab = { fullName = "Wadalab Font License"; };
    watcom = free "Watcom-1.0" "Sybase Open Watcom Public License 1.0";
    wtfpl = free "WTFPL" "Do What The F*ck You Want To Public License";
    wxWindows = free "wxWindows" "wxWindows Library Licence, Version 3.1";
    x11 = free "X11" "X11 License";
    xfig = free "Xfig" "xfig";
    zlib = free "Zlib" "zlib License";
    zpl20 = free "ZPL-2.0" "Zope Public License 2.0";
    zpl21 = free "ZPL-2.1" "Zope Public License 2.1";

    # Without a statement about later versions; kept for packages that use them.
    agpl3 = free "AGPL-3.0" "GNU Affero General Public License v3.0" // { deprecated = true; };
    fdl13 = free "GFDL-1.3" "GNU Free Documentation License v1.3" // { deprecated = true; };
    gpl2 = free "GPL-2.0" "GNU General Public License v2.0" // { deprecated = true; };
    gpl3 = free "GPL-3.0" "GNU General Public License v3.0" // { deprecated = true; };
    lgpl2 = free "LGPL-2.0" "GNU Library General Public License v2" // { deprecated = true; };
    lgpl21 = free "LGPL-2.1" "GNU Lesser General Public License v2.1" // { deprecated = true; };
    lgpl3 = free "LGPL-3.0" "GNU Lesser General Public License v3.0" // { deprecated = true; };
  };
in
builtins.mapAttrs (
  shortName: license:
  {
    inherit shortName;
    free = true;
    deprecated = false;
    redistributable = license.free or true;
  }
  // (if license ? spdxId then { url = "https://spdx.org/licenses/${license.spdxId}.html"; } else { })
  // license
) table
