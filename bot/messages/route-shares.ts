/** How many live messages share each rate-limited route. */
export class RouteShares {
  private readonly routes = new Map<object, string>();
  private readonly counts = new Map<string, number>();

  /** From now on the message is shown on this route, and on no other. @returns how many are shown there */
  enter(message: object, route: string): number {
    if (this.routes.get(message) !== route) {
      this.leave(message);
      this.routes.set(message, route);
      this.counts.set(route, (this.counts.get(route) ?? 0) + 1);
    }
    return this.counts.get(route)!;
  }

  /** Nothing more is shown of it. */
  leave(message: object): void {
    const route = this.routes.get(message);
    if (route === undefined) return;
    this.routes.delete(message);
    const others = this.counts.get(route)! - 1;
    if (others > 0) this.counts.set(route, others);
    else this.counts.delete(route);
  }
}
