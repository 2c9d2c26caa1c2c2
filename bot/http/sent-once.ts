/**
 * What a page sends again because it does not know whether it has arrived (the connection broke before the answer, or
 * the page was loaded again) is done once: the second gets the answer of the first.
 */
import { LRUCache } from 'lru-cache';

/** Answers that are kept: a page asks again within seconds. */
const KEPT = 500;

export class SentOnce<Answer> {
  private readonly answers = new LRUCache<string, Promise<Answer>>({ max: KEPT });

  /**
   * @param person whose word it is: nobody gets the answer to somebody else's
   * @param once what the page calls it; undefined where it is never sent again
   * @param run what is to be done. A refusal is not kept: it may succeed the next time
   */
  run(person: string, once: string | undefined, run: () => Promise<Answer>): Promise<Answer> {
    if (once === undefined) return run();
    const key = `${person} ${once}`;
    const answer = this.answers.get(key) ?? run();
    this.answers.set(key, answer);
    answer.catch(() => this.answers.delete(key));
    return answer;
  }
}
