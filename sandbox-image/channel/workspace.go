package channel

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/strictjson"
	"cofferdam.dev/sandbox-image/workspace"
)

// maxStorageRules bounds each list of a job's storage, maxCommitDenials what is denied when its changes are committed: by the job, and by the policy as it is then.
const (
	maxStorageRules  = 64
	maxCommitDenials = 2 * maxStorageRules
)

// Storage reads what a tool may read and write below /workspace.
func Storage(raw json.RawMessage) (workspace.Rules, error) { return storage(raw, maxStorageRules) }

// CommitStorage reads what a committer may write.
func CommitStorage(raw json.RawMessage) (workspace.Rules, error) {
	return storage(raw, maxCommitDenials)
}

func storage(raw json.RawMessage, denials int) (workspace.Rules, error) {
	fields, err := strictjson.Object(raw)
	if err != nil {
		return workspace.Rules{}, err
	}
	if err := fields.Exactly("allow", "deny"); err != nil {
		return workspace.Rules{}, err
	}
	allow, err1 := storageRules(fields, "allow", maxStorageRules)
	deny, err2 := storageRules(fields, "deny", denials)
	return workspace.Rules{Allow: allow, Deny: deny}, errors.Join(err1, err2)
}

func storageRules(fields strictjson.Fields, key string, most int) ([]workspace.Rule, error) {
	elements, err := fields.Elements(key, most)
	if err != nil {
		return nil, err
	}
	rules := make([]workspace.Rule, len(elements))
	for i, element := range elements {
		if rules[i], err = storageRule(element); err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", key, i, err)
		}
	}
	return rules, nil
}

func storageRule(element json.RawMessage) (workspace.Rule, error) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return workspace.Rule{}, err
	}
	if err := fields.Exactly("uri", "access"); err != nil {
		return workspace.Rule{}, err
	}
	uri, err := fields.String("uri", workspace.MaxPattern)
	if err != nil {
		return workspace.Rule{}, err
	}
	pattern, err := workspace.ParsePattern(uri)
	if err != nil {
		return workspace.Rule{}, err
	}
	words, err := fields.Strings("access", 2)
	if err != nil {
		return workspace.Rule{}, err
	}
	rule := workspace.Rule{Pattern: pattern}
	for _, word := range words {
		access := map[string]workspace.Access{"read": workspace.Read, "write": workspace.Write}[word]
		if access == 0 || rule.Access&access != 0 {
			return workspace.Rule{}, errors.New("access is read, write or both")
		}
		rule.Access |= access
	}
	if rule.Access == 0 {
		return workspace.Rule{}, errors.New("a rule without access says nothing")
	}
	return rule, nil
}

// source reads what the workspace begins with.
func source(raw json.RawMessage) (workspace.Source, error) {
	fields, err := strictjson.Object(raw)
	if err != nil {
		return workspace.Source{}, err
	}
	if err := fields.Exactly("source", "subPath", "files", "outputs", "commit"); err != nil {
		return workspace.Source{}, err
	}
	word, err1 := fields.String("source", 16)
	subPath, err2 := fields.String("subPath", workspace.MaxPath)
	commit, err3 := fields.Boolean("commit")
	if err := errors.Join(err1, err2, err3); err != nil {
		return workspace.Source{}, err
	}
	origin := workspace.Origin(word)
	switch origin {
	case workspace.Nothing, workspace.Inline, workspace.Volume, workspace.ConfigMap:
	default:
		return workspace.Source{}, errors.New("the source is none that is known")
	}
	if commit && origin != workspace.Volume {
		return workspace.Source{}, errors.New("only a volume can be committed to")
	}
	if subPath != "" {
		if origin != workspace.Volume {
			return workspace.Source{}, errors.New("a sub-path is one of a volume")
		}
		if err := workspace.CheckPath(subPath); err != nil {
			return workspace.Source{}, err
		}
	}
	outputs, err := fields.Strings("outputs", changes.MaxOutputs)
	if err != nil {
		return workspace.Source{}, err
	}
	for i, path := range outputs {
		if workspace.CheckPath(path) != nil || slices.Contains(outputs[:i], path) {
			return workspace.Source{}, fmt.Errorf("outputs[%d] is no path, or there twice", i)
		}
	}
	elements, err := fields.Elements("files", workspace.MaxFiles)
	if err != nil {
		return workspace.Source{}, err
	}
	if (len(elements) > 0) != (origin == workspace.Inline) {
		return workspace.Source{}, errors.New("files are of the source inline")
	}
	files, bytes := make([]workspace.File, len(elements)), 0
	for i, element := range elements {
		if files[i], err = file(element); err != nil {
			return workspace.Source{}, fmt.Errorf("files[%d]: %w", i, err)
		}
		bytes += len(files[i].Content)
	}
	if bytes > workspace.MaxFileBytes {
		return workspace.Source{}, fmt.Errorf("the files have %d bytes, the bound is %d", bytes, workspace.MaxFileBytes)
	}
	if _, err := workspace.TreeOf(files); err != nil {
		return workspace.Source{}, err
	}
	return workspace.Source{Origin: origin, SubPath: subPath, Files: files, Outputs: outputs, Commit: commit}, nil
}

func file(element json.RawMessage) (workspace.File, error) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return workspace.File{}, err
	}
	if err := fields.Exactly("path", "content"); err != nil {
		return workspace.File{}, err
	}
	path, err := fields.String("path", workspace.MaxPath)
	if err != nil {
		return workspace.File{}, err
	}
	content, err := fields.Base64("content", workspace.MaxFileBytes)
	return workspace.File{Path: path, Content: content}, err
}
