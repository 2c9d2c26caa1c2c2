/** How the graph of a request is put together: nodes are added one by one, and linked to those that are there. */

/** An output of a node: what others are linked to. */
export type Output = { readonly link: { readonly node: string; readonly output: number } };
/** Adds a node of a type. @returns its id */
export type Add = (
  type: string,
  inputs: Readonly<Record<string, Output | string | number | boolean>>,
) => string;

export function output(node: string, index = 0): Output {
  return { link: { node, output: index } };
}
