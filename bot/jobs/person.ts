/** Who is who among people of all surfaces. */

/** The same human on two surfaces is two persons. */
export function personKey({ surface, id }: { readonly surface: string; readonly id: string }): string {
  return `${surface}:${id}`;
}
