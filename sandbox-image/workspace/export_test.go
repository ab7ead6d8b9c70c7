package workspace

// MayFromTheRoot asks of any path, not only of one below the workspace.
func MayFromTheRoot(rules Rules, names []string, access Access) bool { return rules.may(names, access) }
