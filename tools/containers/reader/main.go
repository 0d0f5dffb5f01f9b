// Reads what Docker reads, by Docker's own libraries, and prints it as JSON. For tools/containers/read.ts.
//
//	dockerfile FILE            stages and their instructions, and the warnings of `docker build --check`
//	context FOLDER             the files that its .dockerignore lets into the build
//	compose FILE [PROFILE...]  what `docker compose config` makes of it in an empty environment
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	"github.com/opencontainers/go-digest"
)

type instruction struct {
	Name string `json:"name"`
	Line int    `json:"line"`
	// Any of these, by the kind of the instruction.
	Args     []string          `json:"args,omitempty"`
	IsShell  bool              `json:"isShell,omitempty"`
	Sources  []string          `json:"sources,omitempty"`
	Target   string            `json:"target,omitempty"`
	From     string            `json:"from,omitempty"`
	Owner    string            `json:"owner,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

type stage struct {
	Name         string        `json:"name"`
	Base         string        `json:"base"`
	Instructions []instruction `json:"instructions"`
}

type warning struct {
	Rule string `json:"rule"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

func main() {
	if len(os.Args) < 3 {
		fail(fmt.Errorf("say dockerfile, context or compose, and what to read"))
	}
	readers := map[string]func(string, []string) (any, error){
		"dockerfile": readDockerfile, "context": readContext, "compose": readCompose,
	}
	read, known := readers[os.Args[1]]
	if !known {
		fail(fmt.Errorf("there is no %s", os.Args[1]))
	}
	answer, err := read(os.Args[2], os.Args[3:])
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func readDockerfile(path string, _ []string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	warnings, err := lint(text)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	built, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{SkipAll: true}))
	if err != nil {
		return nil, err
	}
	stages := make([]stage, len(built))
	for at, one := range built {
		stages[at] = stage{Name: one.Name, Base: one.BaseName, Instructions: []instruction{}}
		for _, command := range one.Commands {
			read, err := readInstruction(command)
			if err != nil {
				return nil, err
			}
			stages[at].Instructions = append(stages[at].Instructions, read)
		}
	}
	return map[string]any{"stages": stages, "warnings": warnings}, nil
}

func readInstruction(command instructions.Command) (instruction, error) {
	made := instruction{Name: strings.ToUpper(command.Name())}
	if location := command.Location(); len(location) > 0 {
		made.Line = location[0].Start.Line
	}
	switch it := command.(type) {
	case *instructions.CopyCommand:
		if len(it.SourceContents) > 0 || it.Chmod != "" || it.Parents || len(it.ExcludePatterns) > 0 {
			return made, fmt.Errorf("line %d: this COPY is of a kind that the tests do not know", made.Line)
		}
		made.Sources, made.Target, made.From, made.Owner = it.SourcePaths, it.DestPath, it.From, it.Chown
	case *instructions.RunCommand:
		made.Args, made.IsShell = it.CmdLine, it.PrependShell
	case *instructions.CmdCommand:
		made.Args, made.IsShell = it.CmdLine, it.PrependShell
	case *instructions.EntrypointCommand:
		made.Args, made.IsShell = it.CmdLine, it.PrependShell
	case *instructions.HealthCheckCommand:
		made.Args = it.Health.Test
		made.Settings = map[string]string{
			"interval": it.Health.Interval.String(), "timeout": it.Health.Timeout.String(),
			"startPeriod": it.Health.StartPeriod.String(), "retries": fmt.Sprint(it.Health.Retries),
		}
	case *instructions.EnvCommand:
		made.Settings = map[string]string{}
		for _, pair := range it.Env {
			made.Settings[pair.Key] = pair.Value
		}
	case *instructions.WorkdirCommand:
		made.Target = it.Path
	case *instructions.UserCommand:
		made.Owner = it.User
	case *instructions.ExposeCommand:
		made.Args = it.Ports
	default:
		return made, fmt.Errorf("line %d: the tests do not know %s", made.Line, made.Name)
	}
	return made, nil
}

// What a base image brings is not asked for: nothing is fetched.
type noRegistry struct{}

func (noRegistry) ResolveImageConfig(
	_ context.Context, ref string, _ sourceresolver.Opt,
) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"architecture":"amd64","os":"linux","config":{}}`), nil
}

func lint(text []byte) ([]warning, error) {
	made := []warning{}
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", text)
	source.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(context.Background(), text, dockerfile2llb.ConvertOpt{
		Config:       dockerui.Config{},
		MetaResolver: noRegistry{},
		SourceMap:    source,
	})
	if err != nil {
		return nil, err
	}
	if results.Error != nil {
		return nil, fmt.Errorf("the Dockerfile cannot be built: %s", results.Error.Message)
	}
	for _, one := range results.Warnings {
		line := 0
		if len(one.Location.Ranges) > 0 {
			line = int(one.Location.Ranges[0].Start.Line)
		}
		made = append(made, warning{Rule: one.RuleName, Line: line, Text: one.Detail})
	}
	return made, nil
}

func readContext(folder string, _ []string) (any, error) {
	file, err := os.Open(filepath.Join(folder, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	kept := []string{}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		ignored, err := matcher.MatchesOrParentMatches(filepath.ToSlash(relative))
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if ignored && !mayHoldKept(matcher, filepath.ToSlash(relative)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !ignored {
			kept = append(kept, filepath.ToSlash(relative))
		}
		return nil
	})
	return kept, err
}

// Whether an exception to the patterns names something below the folder.
func mayHoldKept(matcher *patternmatcher.PatternMatcher, folder string) bool {
	for _, pattern := range matcher.Patterns() {
		if pattern.Exclusion() && strings.HasPrefix(pattern.String(), folder+"/") {
			return true
		}
	}
	return false
}

func readCompose(path string, profiles []string) (any, error) {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithProfiles(profiles))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	text, err := project.MarshalJSON()
	return json.RawMessage(text), err
}
