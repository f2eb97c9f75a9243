package root

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"berth.dev/internal/description"
)

// accounts are all users and groups of a root with their numbers.
type accounts struct {
	users  []numberedUser  // sorted by uid
	groups []numberedGroup // sorted by gid
	ids    *IDs
}

type numberedUser struct {
	user
	uid, gid uint32
}

type numberedGroup struct {
	group
	gid uint32
}

// mergeAccounts puts what the description declares before what the packages
// request, and numbers both. A number that the description fixes is taken away
// from a package's account of another name.
func mergeAccounts(s *description.System, requests *accountRequests, ids *IDs, passwordOf func(string, description.User) (string, error)) (*accounts, error) {
	merged := accountRequests{}
	declaredGroups := slices.Sorted(maps.Keys(s.Groups))
	for _, name := range declaredGroups {
		merged.addGroup(group{Name: name, GID: s.Groups[name].GID, Members: s.Groups[name].Members, declared: true})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Users)) {
		u, err := declaredUser(name, s.Users[name], passwordOf)
		if err != nil {
			return nil, err
		}
		merged.addUser(u)
	}
	fixed := fixedIDs(s)
	for _, g := range requests.Groups {
		if g.GID != nil && s.Groups[g.Name].GID == nil && !fixed.groups[*g.GID] {
			merged.adoptGID(g)
		}
		merged.addGroup(group{Name: g.Name, GID: unless(fixed.groups, g.GID), Members: g.Members})
	}
	for _, u := range requests.Users {
		if d, declared := s.Users[u.Name]; declared && d.UID == nil && u.UID != nil && !fixed.users[*u.UID] {
			merged.adoptUID(u)
		}
		u.UID = unless(fixed.users, u.UID)
		merged.addUser(u)
	}
	return merged.number(ids)
}

type idSets struct{ users, groups map[uint32]bool }

// fixedIDs are the numbers the description itself gives.
func fixedIDs(s *description.System) idSets {
	sets := idSets{map[uint32]bool{}, map[uint32]bool{}}
	for _, u := range s.Users {
		if u.UID != nil {
			sets.users[*u.UID] = true
		}
	}
	for _, g := range s.Groups {
		if g.GID != nil {
			sets.groups[*g.GID] = true
		}
	}
	return sets
}

func unless(taken map[uint32]bool, id *uint32) *uint32 {
	if id == nil || taken[*id] {
		return nil
	}
	return id
}

// adoptGID lets a declared group without a number have the package's.
func (a *accountRequests) adoptGID(from group) {
	for i := range a.Groups {
		if a.Groups[i].Name == from.Name {
			a.Groups[i].GID = from.GID
		}
	}
}

func (a *accountRequests) adoptUID(from user) {
	for i := range a.Users {
		if a.Users[i].Name == from.Name {
			a.Users[i].UID = from.UID
		}
	}
}

func declaredUser(name string, d description.User, passwordOf func(string, description.User) (string, error)) (user, error) {
	u := user{Name: name, UID: d.UID, Group: d.Group, Groups: d.ExtraGroups, Description: d.Description,
		Home: cmp.Or(d.Home, "/var/empty"), Shell: cmp.Or(d.Shell, noShell), normal: d.IsNormalUser, declared: true}
	switch {
	case u.Group == "" && d.IsNormalUser:
		u.Group = "users"
	case u.Group == "" && name == "root":
		u.Group = "root"
	case u.Group == "":
		return u, fmt.Errorf("user %s has no group", name)
	}
	var err error
	u.Password, err = passwordOf(name, d)
	return u, err
}

// number gives every account its id: fixed ones first, then those it had
// before, then new ones in the order of requests.
func (a *accountRequests) number(ids *IDs) (*accounts, error) {
	groups, users := newAllocation(maps.Clone(ids.Groups)), newAllocation(maps.Clone(ids.Users))
	for i := range a.Groups {
		g := &a.Groups[i]
		if g.GID != nil && !groups.claim(g.Name, *g.GID) {
			if g.declared {
				return nil, fmt.Errorf("groups %s and %s both have id %d", groups.owners[*g.GID], g.Name, *g.GID)
			}
			g.GID = nil
		}
	}
	for i := range a.Users {
		u := &a.Users[i]
		if u.UID != nil && !users.claim(u.Name, *u.UID) {
			if u.declared {
				return nil, fmt.Errorf("users %s and %s both have id %d", users.owners[*u.UID], u.Name, *u.UID)
			}
			u.UID = nil
		}
	}
	return a.give(users, groups, ids)
}

// give numbers the accounts that have no fixed id.
func (a *accountRequests) give(users, groups *allocation, ids *IDs) (*accounts, error) {
	result := &accounts{}
	for _, g := range a.Groups {
		if g.GID == nil && !groups.revive(g.Name) {
			if err := groups.next(g.Name, systemFirst, systemLast); err != nil {
				return nil, fmt.Errorf("number groups: %w", err)
			}
		}
		result.groups = append(result.groups, numberedGroup{g, groups.names[g.Name]})
	}
	for _, u := range a.Users {
		first, last := uint32(systemFirst), uint32(systemLast)
		if u.normal {
			first, last = normalFirst, normalLast
		}
		if u.UID == nil && !users.revive(u.Name) {
			if err := users.next(u.Name, first, last); err != nil {
				return nil, fmt.Errorf("number users: %w", err)
			}
		}
		result.users = append(result.users, numberedUser{u, users.names[u.Name], groups.names[u.Group]})
	}
	result.ids = &IDs{Users: users.names, Groups: groups.names, Subordinate: maps.Clone(ids.Subordinate)}
	result.sort()
	return result, nil
}

func (a *accounts) sort() {
	slices.SortFunc(a.users, func(x, y numberedUser) int { return cmp.Compare(x.uid, y.uid) })
	slices.SortFunc(a.groups, func(x, y numberedGroup) int { return cmp.Compare(x.gid, y.gid) })
	for i := range a.groups {
		g := &a.groups[i]
		g.Members = slices.Clone(g.Members)
		for _, u := range a.users {
			if slices.Contains(u.Groups, g.Name) {
				g.Members = append(g.Members, u.Name)
			}
		}
		slices.Sort(g.Members)
		g.Members = slices.Compact(g.Members)
	}
}

// owner looks up names or decimal ids; empty names are root.
func (a *accounts) owner(userName, groupName string) (owner, error) {
	uid, err := lookupID("user", userName, a.ids.Users)
	if err != nil {
		return owner{}, err
	}
	gid, err := lookupID("group", groupName, a.ids.Groups)
	return owner{uid, gid}, err
}

func lookupID(kind, name string, names map[string]uint32) (int, error) {
	if name == "" {
		return 0, nil
	}
	if id, ok := names[name]; ok {
		return int(id), nil
	}
	if len(name) > 1 && name[0] == '+' {
		name = name[1:]
	}
	if id, err := parseID(name); err == nil {
		return int(id), nil
	}
	return 0, fmt.Errorf("there is no %s %q", kind, name)
}
