module cofferdam.dev/sandbox-image

go 1.26.0

require (
	github.com/coder/websocket v1.8.15
	golang.org/x/net v0.61.0
	golang.org/x/sys v0.49.0
)
