package run

import (
	"slices"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/redact"
)

// tellChanges tells of a set, and of the files that the job asks for; of none where nobody could look. What is a secret is masked in them as in a stream.
func (e *execution) tellChanges(set *changes.Set, outputs []changes.Output) {
	if set == nil {
		set = &changes.Set{}
	}
	told := changed{Changes: channel.Changes{Set: *set}}
	if e.traced {
		told.contents = e.box.Contents
	}
	e.history.add(told)
	asked := len(e.job.Workspace.Outputs)
	if asked == 0 {
		return
	}
	if len(outputs) != asked {
		outputs = changes.NoOutputs(asked)
	}
	patterns := redact.New(values(e.secrets))
	for i := range outputs {
		outputs[i].Content = masked(patterns, outputs[i].Content)
	}
	e.history.add(channel.Outputs(outputs))
}

func masked(patterns *redact.Patterns, content []byte) []byte {
	stream := patterns.Stream()
	return append(slices.Clone(stream.Write(content)), stream.Flush()...)
}
