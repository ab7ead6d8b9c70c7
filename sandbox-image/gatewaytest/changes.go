package gatewaytest

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"

	"cofferdam.dev/sandbox-image/bundle"
	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/strictjson"
)

const (
	maxListed    = 10_001
	maxPathBytes = 1024
)

var (
	setDigest = regexp.MustCompile(`^(sha256:[0-9a-f]{64})?$`)
	fileHash  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	mode      = regexp.MustCompile(`^0[0-7]{3}$`)
	reason    = regexp.MustCompile(`^(NotGranted|NotAFile|NameInvalid|PathTooLong|SetID)$`)
)

func changed(fields strictjson.Fields) (any, error) {
	if err := fields.Exactly("type", "complete", "added", "modified", "deleted", "digest", "items", "violations", "violationsTotal", "contents"); err != nil {
		return nil, err
	}
	var set changes.Set
	switch string(fields["complete"]) {
	case "true":
		set.Complete = true
	case "false":
	default:
		return nil, errors.New("complete is true or false")
	}
	var err1, err2, err3, err4, err5 error
	count := func(key string, err *error) int {
		number, problem := fields.Integer(key, 0, 1<<31)
		*err = problem
		return int(number)
	}
	set.Added, set.Modified, set.Deleted = count("added", &err1), count("modified", &err2), count("deleted", &err3)
	set.ViolationsTotal = count("violationsTotal", &err4)
	set.Digest, err5 = fields.String("digest", 71)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	if !setDigest.MatchString(set.Digest) || (set.Digest == "") == set.Complete {
		return nil, errors.New("a complete set has a digest")
	}
	items, err := fields.Elements("items", maxListed)
	if err != nil {
		return nil, err
	}
	for _, element := range items {
		item, err := itemOf(element)
		if err != nil {
			return nil, err
		}
		set.Items = append(set.Items, item)
	}
	violations, err := fields.Elements("violations", maxListed)
	if err != nil {
		return nil, err
	}
	for _, element := range violations {
		each, err := strictjson.Object(element)
		if err != nil {
			return nil, err
		}
		if err := each.Exactly("path", "reason"); err != nil {
			return nil, err
		}
		path, err1 := each.String("path", maxPathBytes)
		word, err2 := each.String("reason", 32)
		if err1 != nil || err2 != nil || !reason.MatchString(word) {
			return nil, errors.New("not a violation")
		}
		set.Violations = append(set.Violations, changes.Violation{Path: path, Reason: changes.Reason(word)})
	}
	contents, err := contentsOf(fields["contents"], set.Complete)
	return channel.Changes{Set: set, Contents: contents}, err
}

func contentsOf(raw json.RawMessage, complete bool) (*channel.Contents, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	fields, err := strictjson.Object(raw)
	if err != nil {
		return nil, err
	}
	if err := fields.Exactly("sha256", "bytes"); err != nil {
		return nil, err
	}
	hash, err1 := fields.String("sha256", 64)
	bytes, err2 := fields.Integer("bytes", 1, bundle.MaxBytes)
	if !complete || !fileHash.MatchString(hash) {
		return nil, errors.New("contents are a bundle of a complete set")
	}
	return &channel.Contents{SHA256: hash, Bytes: bytes}, errors.Join(err1, err2)
}

func itemOf(element json.RawMessage) (changes.Item, error) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return changes.Item{}, err
	}
	path, err := fields.String("path", maxPathBytes)
	if err != nil {
		return changes.Item{}, err
	}
	word, err := fields.String("change", 16)
	if err != nil {
		return changes.Item{}, err
	}
	item := changes.Item{Path: path, Change: changes.Change(word)}
	switch item.Change {
	case changes.Deleted:
		return item, fields.Exactly("path", "change")
	case changes.Added, changes.Modified:
	default:
		return item, errors.New("not a change")
	}
	if err := fields.Exactly("path", "change", "kind", "mode", "size", "sha256"); err != nil {
		return item, err
	}
	kind, err1 := fields.String("kind", 16)
	bits, err2 := fields.String("mode", 4)
	size, err3 := fields.Integer("size", 0, maxCount)
	hash, err4 := fields.String("sha256", 64)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return item, err
	}
	item.Kind, item.Size, item.SHA256 = changes.Kind(kind), size, hash
	if item.Kind != changes.File && item.Kind != changes.Symlink || !mode.MatchString(bits) || !fileHash.MatchString(hash) {
		return item, errors.New("not an item")
	}
	number, err := strconv.ParseUint(bits, 8, 32)
	item.Mode = uint32(number)
	return item, err
}

func outputs(fields strictjson.Fields) (any, error) {
	if err := fields.Exactly("type", "files"); err != nil {
		return nil, err
	}
	elements, err := fields.Elements("files", changes.MaxOutputs)
	if err != nil {
		return nil, err
	}
	told, bytes := channel.Outputs{}, 0
	for _, element := range elements {
		file, err := strictjson.Object(element)
		if err != nil {
			return nil, err
		}
		word, err := file.String("state", 16)
		if err != nil {
			return nil, err
		}
		output := changes.Output{State: changes.State(word)}
		switch output.State {
		case changes.Present:
			if err := file.Exactly("state", "content"); err != nil {
				return nil, err
			}
			if output.Content, err = file.Base64("content", changes.MaxOutputBytes); err != nil {
				return nil, err
			}
		case changes.Missing, changes.NoFile, changes.TooLarge, changes.Unknown:
			if err := file.Exactly("state"); err != nil {
				return nil, err
			}
		default:
			return nil, errors.New("not a state")
		}
		bytes += len(output.Content)
		told = append(told, output)
	}
	if len(told) == 0 || bytes > changes.MaxOutputBytes {
		return nil, errors.New("no outputs, or too much of them")
	}
	return told, nil
}
