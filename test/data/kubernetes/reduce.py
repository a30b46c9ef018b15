"""Reduces published schemas to the kinds of infra/kubernetes, without their words: reduce.py STRICT_FOLDER OUT CRD.yaml..."""
import json, os, sys, yaml
strict, out, crds = sys.argv[1], sys.argv[2], sys.argv[3:]
KINDS = ['core.v1.Namespace', 'core.v1.ConfigMap', 'core.v1.ServiceAccount', 'core.v1.Service', 'apps.v1.Deployment', 'apps.v1.StatefulSet',
         'batch.v1.Job', 'policy.v1.PodDisruptionBudget', 'autoscaling.v2.HorizontalPodAutoscaler', 'networking.v1.NetworkPolicy']
def bare(node):
    """Words, examples and Kubernetes' own extensions away; unknown fields refused wherever fields are listed."""
    if isinstance(node, list): return [bare(one) for one in node]
    if not isinstance(node, dict): return node
    kept = {k: v for k, v in node.items() if not k.startswith('x-kubernetes-')
            and not (k in ('description', 'example', 'default', 'format', '$schema') and not isinstance(v, dict))}
    opened = node.get('x-kubernetes-preserve-unknown-fields') or node.get('x-kubernetes-embedded-resource')
    made = {k: ({n: bare(s) for n, s in v.items()} if k in ('properties', 'definitions') else bare(v)) for k, v in kept.items()}
    if node.get('x-kubernetes-int-or-string'): made.pop('type', None); made.pop('anyOf', None); made['type'] = ['integer', 'string']
    if isinstance(node.get('properties'), dict) and 'additionalProperties' not in node and not opened:
        made['additionalProperties'] = False
    return made
definitions, kinds = {}, {}
def refs(node):
    if isinstance(node, dict):
        for k, v in node.items():
            if k == '$ref' and isinstance(v, str): yield v
            else: yield from refs(v)
    elif isinstance(node, list):
        for one in node: yield from refs(one)
every = json.load(open(os.path.join(strict, '_definitions.json')))['$defs']
def load(name):
    if name in definitions: return
    definitions[name] = None
    for ref in set(refs(every[name])): load(ref.split('/')[-1])
    def point(node):
        if isinstance(node, dict): return {k: ('#/definitions/' + v.split('/')[-1] if k == '$ref' else point(v)) for k, v in node.items()}
        return [point(one) for one in node] if isinstance(node, list) else node
    definitions[name] = bare(point(every[name]))
for name in KINDS:
    name = 'io.k8s.api.' + name
    load(name)
    group = every[name]['x-kubernetes-group-version-kind'][0]
    kinds[(f"{group['group']}/" if group['group'] else '') + f"{group['version']}/{group['kind']}"] = {'$ref': f'#/definitions/{name}'}
meta = {'type': 'object', 'required': ['name']}
for path in crds:
    crd = yaml.safe_load(open(path))
    group, kind = crd['spec']['group'], crd['spec']['names']['kind']
    for version in crd['spec']['versions']:
        if not version.get('served', True): continue
        schema = bare(version['schema']['openAPIV3Schema'])
        schema['properties']['metadata'] = meta
        schema['properties'].pop('status', None)
        kinds[f"{group}/{version['name']}/{kind}"] = schema
json.dump({'kinds': kinds, 'definitions': definitions}, open(out, 'w'), separators=(',', ':'))
print(sorted(kinds), os.path.getsize(out))
