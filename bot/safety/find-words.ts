/** Finds which of many words a text contains, in one walk over it: the automaton of Aho and Corasick. */

interface State {
  readonly next: Map<number, State>;
  /** Where to go on when the next letter leads nowhere: the longest end of this that begins a word. */
  fallback: State | undefined;
  /** The words that end here. */
  ends: number[];
}

const newState = (): State => ({ next: new Map(), fallback: undefined, ends: [] });

export class WordFinder {
  private readonly root = newState();

  /** @param words letters as code points; none empty; found by their index. */
  constructor(words: readonly (readonly number[])[]) {
    for (const [index, word] of words.entries()) {
      let state = this.root;
      for (const letter of word) {
        const next = state.next.get(letter) ?? newState();
        state.next.set(letter, next);
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
      for (const [letter, next] of state.next) {
        next.fallback = this.step(state.fallback!, letter);
        next.ends = [...next.ends, ...next.fallback.ends];
        waiting.push(next);
      }
    }
  }

  private step(from: State, letter: number): State {
    let state: State | undefined = from;
    while (state !== undefined) {
      const next = state.next.get(letter);
      if (next !== undefined) return next;
      state = state.fallback;
    }
    return this.root;
  }

  /** Calls back with each place where a word is: its index, and the place of its last letter. Linear time. */
  walk(letters: ArrayLike<number>, found: (word: number, last: number) => void): void {
    let state = this.root;
    for (let i = 0; i < letters.length; i++) {
      state = this.step(state, letters[i]!);
      for (const index of state.ends) found(index, i);
    }
  }
}
