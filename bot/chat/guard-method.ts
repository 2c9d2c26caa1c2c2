/** A net under a library's own method that handles what comes from outside: what it throws must not end the service. */

/**
 * Such methods are not part of what libraries document: where there is none, there is nothing to guard.
 * @param failed is told of each error, and gives what the method returns then
 */
export function guardMethod(object: object, name: string, failed: (cause: unknown) => unknown): void {
  const method: unknown = Reflect.get(object, name);
  if (typeof method !== 'function') return;
  Reflect.set(object, name, (...given: unknown[]) => {
    try {
      const result: unknown = Reflect.apply(method, object, given);
      return result instanceof Promise ? result.catch(failed) : result;
    } catch (cause) {
      return failed(cause);
    }
  });
}
