package run

import (
	"errors"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/secret"
)

// readSecrets takes the values of the job's secrets from the pod. Where it cannot have them all, it returns the result of a run in which nothing ran.
func (e *execution) readSecrets() (channel.Result, bool) {
	var err error
	e.secrets, err = secret.Read(e.secretsDir, e.job.Secrets)
	var missing *secret.Missing
	var tooLarge *secret.TooLarge
	switch {
	case err == nil:
		return channel.Result{}, true
	case errors.As(err, &missing):
		return channel.Result{Outcome: channel.SecretMissing, Secrets: missing.Names}, false
	case errors.As(err, &tooLarge):
		return channel.Result{Outcome: channel.SecretTooLarge, Secrets: tooLarge.Names}, false
	default:
		e.detail = err.Error()
		return channel.Result{Outcome: channel.BoxFailed, Step: "secrets"}, false
	}
}

func values(secrets []secret.Secret) [][]byte {
	values := make([][]byte, len(secrets))
	for i, each := range secrets {
		values[i] = each.Value
	}
	return values
}
