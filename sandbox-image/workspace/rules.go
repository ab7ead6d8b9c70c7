// Package workspace decides what of a run's files its tool sees and may change. Nothing here mounts or opens anything: box does.
package workspace

// Access is a set of what may be done with a path.
type Access uint8

// A directory is read by listing it, and written by what is made and removed in it.
const (
	Read Access = 1 << iota
	Write
)

// Root is where the workspace stands, and where the paths of Files begin.
const Root = "/workspace"

const rootName = "workspace"

// Rule is one line of a policy.
type Rule struct {
	Pattern Pattern
	Access  Access
}

// Rules are a policy's permissions.storage. Deny beats allow; what neither names is denied.
type Rules struct{ Allow, Deny []Rule }

// May tells whether a path may be accessed so. The names begin below Root; a name that no rule could speak of is never written, and neither is one of ours.
func (r Rules) May(names []string, access Access) bool {
	for _, name := range names {
		if (CheckName(name) != nil || IsReserved(name)) && access == Write {
			return false
		}
	}
	return r.may(below(names), access)
}

// may is the same for names that begin below /.
func (r Rules) may(full []string, access Access) bool {
	for _, rule := range r.Deny {
		if rule.Access&access != 0 && rule.Pattern.along(full).passed {
			return false
		}
	}
	for _, rule := range r.Allow {
		reach := rule.Pattern.along(full)
		if rule.Access&access != 0 && (reach.here || reach.passed && rule.Pattern.namesDirectory()) {
			return true
		}
	}
	return false
}

func below(names []string) []string { return append([]string{rootName}, names...) }

// extent tells for how much of a directory, itself and all that is or may come to be below it, an access is granted.
type extent uint8

const (
	nothing extent = iota
	some
	everything
)

func (r Rules) extent(names []string, access Access) extent {
	full := below(names)
	untouched := true
	for _, rule := range r.Deny {
		if rule.Access&access == 0 {
			continue
		}
		reach := rule.Pattern.along(full)
		if reach.passed {
			return nothing
		}
		untouched = untouched && !reach.alive
	}
	granted := nothing
	for _, rule := range r.Allow {
		if rule.Access&access == 0 {
			continue
		}
		reach := rule.Pattern.along(full)
		switch {
		case reach.deeper, reach.passed && rule.Pattern.namesDirectory():
			granted = everything
		case granted == nothing && (reach.here || reach.alive):
			granted = some
		}
	}
	if granted == everything && !untouched {
		return some
	}
	return granted
}

// Alike tells whether all in a directory, what comes to be in it too, may be read alike, and written alike: then nobody needs to know what is in it.
func (r Rules) Alike(names []string) bool {
	return r.extent(names, Read) != some && r.extent(names, Write) != some
}

// MayReadSome tells whether anything in a directory may be read.
func (r Rules) MayReadSome(names []string) bool { return r.extent(names, Read) != nothing }
