/** Small systems of linear equations, of which the weights of multistep methods come. */

/** Solves the square system rows * result = right by elimination with pivots. */
export function solve(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const system = rows.map((row, i) => [...row, right[i]!]);
  const size = system.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let i = column + 1; i < size; i++) {
      if (Math.abs(system[i]![column]!) > Math.abs(system[pivot]![column]!)) pivot = i;
    }
    [system[column], system[pivot]] = [system[pivot]!, system[column]!];
    const lead = system[column]!;
    for (let i = 0; i < size; i++) {
      if (i === column) continue;
      const factor = system[i]![column]! / lead[column]!;
      for (let k = column; k <= size; k++) system[i]![k]! -= factor * lead[k]!;
    }
  }
  return system.map((row, i) => row[size]! / row[i]!);
}
