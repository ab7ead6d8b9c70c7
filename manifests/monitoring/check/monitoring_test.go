package check

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

type rules struct {
	Groups []struct {
		Name  string `json:"name"`
		Rules []struct {
			Alert       string            `json:"alert"`
			Expr        string            `json:"expr"`
			For         string            `json:"for"`
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"rules"`
	} `json:"groups"`
}

type dashboard struct {
	Panels []struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		Targets     []struct {
			Expr string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
}

// TestMonitoring holds rules and dashboard to the metrics of docs/operations.md, which a test on the cluster holds to those that are there.
func TestMonitoring(t *testing.T) {
	metrics := documented(t)
	operations := read(t, "../../../docs/operations.md")
	var file rules
	if err := yaml.UnmarshalStrict(read(t, "../rules.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			t.Run(rule.Alert, func(t *testing.T) {
				checkExpression(t, rule.Expr, metrics)
				if rule.Labels["severity"] != "critical" && rule.Labels["severity"] != "warning" {
					t.Errorf("its severity is %q", rule.Labels["severity"])
				}
				if rule.Annotations["summary"] == "" || !strings.Contains(string(operations), "| "+rule.Alert+" |") {
					t.Error("it has no summary, or docs/operations.md does not say what to do")
				}
			})
		}
	}
	var board dashboard
	if err := json.Unmarshal(read(t, "../dashboard.json"), &board); err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, panel := range board.Panels {
		t.Run(panel.Title, func(t *testing.T) {
			if panel.Description == "" || len(panel.Targets) == 0 {
				t.Error("it has no description, or shows nothing")
			}
			for _, target := range panel.Targets {
				for _, name := range checkExpression(t, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"), metrics) {
					shown[name] = true
				}
			}
		})
	}
	for name := range metrics {
		if !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

// checkExpression parses a query, and returns the names of the metrics that it reads: each is documented, with every label that is asked of it.
func checkExpression(t *testing.T, text string, metrics map[string][]string) []string {
	t.Helper()
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var names []string
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		selector, is := node.(*parser.VectorSelector)
		if !is {
			return nil
		}
		name := regexp.MustCompile("_(bucket|sum|count)$").ReplaceAllString(selector.Name, "")
		known, there := metrics[name]
		if !there {
			t.Errorf("%s: no metric is named %s", text, selector.Name)
		}
		names = append(names, name)
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name != labels.MetricName && !slices.Contains(known, matcher.Name) {
				t.Errorf("%s: %s has no label %s", text, name, matcher.Name)
			}
		}
		return nil
	})
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if sum, is := node.(*parser.AggregateExpr); is && len(names) > 0 {
			for _, label := range sum.Grouping {
				if label != "le" && !slices.Contains(metrics[names[0]], label) {
					t.Errorf("%s: %s has no label %s", text, names[0], label)
				}
			}
		}
		return nil
	})
	return names
}

// documented reads the table of metrics: the labels of each.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	metrics := map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| `(cofferdam_[a-z_]+)` \\|[^|]+\\|([^|]*)\\|")
	for _, match := range row.FindAllSubmatch(read(t, "../../../docs/operations.md"), -1) {
		metrics[string(match[1])] = strings.FieldsFunc(string(match[2]), func(r rune) bool { return strings.ContainsRune("`, ", r) })
	}
	if len(metrics) == 0 {
		t.Fatal("docs/operations.md has no table of metrics")
	}
	return metrics
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
