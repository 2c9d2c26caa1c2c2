/** What the runtime, Node and the C++ library say when there is no memory left for something. */
const NO_MEMORY =
  /bad_alloc|failed to allocate|allocation failed|out of memory|cannot allocate memory|ENOMEM/i;

export function isOutOfMemory(error: unknown): boolean {
  return NO_MEMORY.test(String(error));
}
