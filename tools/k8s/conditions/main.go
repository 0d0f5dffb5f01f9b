// Evaluates conditions of an AnalysisTemplate by the library, at the version, and with the functions that Argo Rollouts 1.8 gives them. Reads
// a JSON list of {condition, result} from standard input, and writes a list of booleans. For analysis.ts.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/antonmedv/expr"
)

type question struct {
	Condition string   `json:"condition"`
	Result    []string `json:"result"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fail(err)
	}
	answers := make([]bool, len(questions))
	for at, asked := range questions {
		answer, err := evaluate(asked)
		if err != nil {
			fail(fmt.Errorf("%s: %w", asked.Condition, err))
		}
		answers[at] = answer
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fail(err)
	}
}

func evaluate(asked question) (bool, error) {
	result := make([]float64, len(asked.Result))
	for at, text := range asked.Result {
		// As text, because JSON has no NaN.
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return false, err
		}
		result[at] = number
	}
	env := map[string]any{"result": result, "isNaN": math.IsNaN}
	program, err := expr.Compile(asked.Condition, expr.Env(env))
	if err != nil {
		return false, err
	}
	output, err := expr.Run(program, env)
	if err != nil {
		return false, err
	}
	answer, isBool := output.(bool)
	if !isBool {
		return false, fmt.Errorf("gives %v, which is neither true nor false", output)
	}
	return answer, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
