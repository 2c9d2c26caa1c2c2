/**
 * Sentencepiece's Unigram model: the most probable way to cut a word into pieces. Reproduces `encode_optimized`
 * of the Rust tokenizers. Ours, because the JavaScript library builds objects for every possible piece and fails
 * on long texts (it spreads all ids into one call).
 */

export interface UnigramVocabulary {
  /** [piece, log probability]; the place in the list is the id. */
  readonly vocab: readonly (readonly [string, number])[];
  /** Id of what no piece covers. */
  readonly unk: number;
}

/** How much less likely than the least likely piece an unknown character is. */
const UNKNOWN_PENALTY = 10;

const CODE_POINTS = 0x110000;

/** A trie in one map: (node, character) -> node. Node 0 is the root. */
class PieceTrie {
  private readonly children = new Map<number, number>();
  private readonly ids: number[] = [-1];

  add(piece: string, id: number): void {
    let node = 0;
    for (const character of piece) {
      const key = node * CODE_POINTS + character.codePointAt(0)!;
      let child = this.children.get(key);
      if (child === undefined) {
        child = this.ids.length;
        this.ids.push(-1);
        this.children.set(key, child);
      }
      node = child;
    }
    this.ids[node] = id;
  }

  child(node: number, codePoint: number): number | undefined {
    return this.children.get(node * CODE_POINTS + codePoint);
  }

  /** The piece that ends at a node, or -1. */
  idAt(node: number): number {
    return this.ids[node]!;
  }
}

/**
 * @returns a function from a word to the ids of its pieces; neighbouring unknown characters become one unknown
 * token. Time grows with the length of the word times that of the longest piece.
 */
export function createUnigram({ vocab, unk }: UnigramVocabulary): (word: string) => number[] {
  const trie = new PieceTrie();
  let leastLikely = Infinity;
  vocab.forEach(([piece, score], id) => {
    if (piece !== '') trie.add(piece, id);
    leastLikely = Math.min(leastLikely, score);
  });
  const unknownScore = leastLikely - UNKNOWN_PENALTY;

  return (word) => {
    // Best way to reach each place: total score, where its last piece begins, and that piece.
    const score = new Float64Array(word.length + 1);
    const begin = new Int32Array(word.length + 1).fill(-1);
    const piece = new Int32Array(word.length + 1);
    const reach = (from: number, to: number, id: number, total: number) => {
      if (begin[to] !== -1 && total <= score[to]!) return;
      score[to] = total;
      begin[to] = from;
      piece[to] = id;
    };

    for (let from = 0; from < word.length; ) {
      const next = from + widthAt(word, from);
      let known = false;
      let node: number | undefined = 0;
      for (let to = from; to < word.length; ) {
        node = trie.child(node, word.codePointAt(to)!);
        if (node === undefined) break;
        to += widthAt(word, to);
        const id = trie.idAt(node);
        if (id === -1) continue;
        reach(from, to, id, vocab[id]![1] + score[from]!);
        if (to === next) known = true;
      }
      if (!known) reach(from, next, unk, unknownScore + score[from]!);
      from = next;
    }

    const ids: number[] = [];
    for (let to = word.length; to > 0; to = begin[to]!) {
      const id = piece[to]!;
      if (id !== unk || ids.at(-1) !== unk) ids.push(id);
    }
    return ids.reverse();
  };
}

/** Code units of the character at a place. */
function widthAt(text: string, place: number): number {
  return text.codePointAt(place)! > 0xffff ? 2 : 1;
}
