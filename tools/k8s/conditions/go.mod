module waymark/tools/k8s/conditions

go 1.20

require github.com/antonmedv/expr v1.15.5
