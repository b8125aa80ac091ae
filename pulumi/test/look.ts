// Looks things up in the graph of the stack dev.

import { allowed, list, record, type Props } from "../policy/documents";
import type { Graph } from "./graph";

export function look(graph: Graph) {
  const props = (kind: string, name: string): Props =>
    graph.resources.find(
      (resource) => resource.type.endsWith(`:${kind}`) && resource.name === `landfall-dev-${name}`,
    )?.props ?? {};
  const container = (task: string): Props =>
    record(list(props("TaskDefinition", task).containerDefinitions)[0]);
  const variables = (task: string) =>
    Object.fromEntries(
      list(container(task).environment).map((variable) => [record(variable).name, record(variable).value]),
    ) as Props;
  const secrets = (task: string) =>
    Object.fromEntries(
      list(container(task).secrets).map((secret) => [record(secret).name, record(secret).valueFrom]),
    ) as Props;
  /** What a policy allows: the actions, and with what. */
  const may = (policy: Props) =>
    allowed(policy.policy).map(({ actions, resources }) => [actions.join(" "), ...resources]);
  const role = (id: string) => may(props("RolePolicy", id));
  const statements = (policy: Props) =>
    list(policy.policy)
      .flatMap((document) => list(record(document).Statement))
      .map(record);
  return { props, container, variables, secrets, may, role, statements };
}

/** What of a graph is not in another one, and what of that is otherwise there. */
export function difference(graph: Graph, without: Graph): { more: string[]; changed: string[] } {
  const same = (type: string, name: string) => (other: { type: string; name: string }) =>
    other.type === type && other.name === name;
  return {
    more: graph.resources
      .filter(({ type, name }) => !without.resources.some(same(type, name)))
      .map(({ name }) => name),
    changed: without.resources
      .filter(({ type, name, props }) => {
        const after = graph.resources.find(same(type, name));
        return JSON.stringify(after?.props) !== JSON.stringify(props);
      })
      .map(({ name }) => name)
      .sort(),
  };
}
