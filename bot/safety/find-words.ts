/** Finds which of many words a text contains, in one walk over it: the automaton of Aho and Corasick. */

interface State {
  readonly next: Map<string, State>;
  /** Where to go on when the next character leads nowhere: the longest end of this that begins a word. */
  fallback: State | undefined;
  /** The words that end here. */
  ends: number[];
}

const newState = (): State => ({ next: new Map(), fallback: undefined, ends: [] });

export class WordFinder {
  private readonly root = newState();

  /** @param words none empty; found by their index. */
  constructor(words: readonly string[]) {
    for (const [index, word] of words.entries()) {
      let state = this.root;
      for (const character of word) {
        const next = state.next.get(character) ?? newState();
        state.next.set(character, next);
        state = next;
      }
      state.ends.push(index);
    }
    this.linkFallbacks();
  }

  /** Breadth first: what a state falls back to is nearer to the root, and so complete. */
  private linkFallbacks(): void {
    const waiting = [...this.root.next.values()];
    for (const state of waiting) state.fallback = this.root;
    for (const state of waiting) {
      for (const [character, next] of state.next) {
        next.fallback = this.step(state.fallback!, character);
        next.ends = [...next.ends, ...next.fallback.ends];
        waiting.push(next);
      }
    }
  }

  private step(from: State, character: string): State {
    let state: State | undefined = from;
    while (state !== undefined) {
      const next = state.next.get(character);
      if (next !== undefined) return next;
      state = state.fallback;
    }
    return this.root;
  }

  /** Indices of the words in the text. Linear time. */
  find(text: string): Set<number> {
    const found = new Set<number>();
    let state = this.root;
    for (const character of text) {
      state = this.step(state, character);
      for (const index of state.ends) found.add(index);
    }
    return found;
  }
}
