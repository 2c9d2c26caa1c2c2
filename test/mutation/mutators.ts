/** The small changes that a test should notice: for one node of a program's tree, the texts that may stand there. */

/** A node of the tree that vite's parser makes: `start` and `end` are places in the text. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Change {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '*=': ['/='],
  '/=': ['*='],
};

const METHODS: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  toLowerCase: 'toUpperCase',
  toUpperCase: 'toLowerCase',
  push: 'unshift',
  shift: 'pop',
  find: 'findLast',
  indexOf: 'lastIndexOf',
};

/** Calls whose result is much like what they are called on: the call is left out. */
const DROPPED = new Set(['trim', 'slice', 'filter', 'sort', 'reverse', 'flat', 'normalize', 'toSorted']);

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const isText = (node: unknown): boolean =>
  isNode(node) &&
  ((node.type === 'Literal' && typeof node.value === 'string') ||
    node.type === 'TemplateLiteral' ||
    (node.type === 'BinaryExpression' && (isText(node.left) || isText(node.right))));

/** What may stand in place of this node. @param source the whole file */
export function changesOf(node: Node, parent: Node | undefined, source: string): Change[] {
  const textOf = (one: unknown) => source.slice((one as Node).start, (one as Node).end);
  const instead = (kind: string, text: string, one: Node = node): Change => {
    return { kind, start: one.start, end: one.end, text };
  };
  const otherOperators = (): Change[] => {
    const between = { start: (node.left as Node).end, end: (node.right as Node).start };
    const operator = node.operator as string;
    const at = source.indexOf(operator, between.start);
    if (at < 0 || at >= between.end || (operator === '+' && isText(node))) return [];
    const place = { start: at, end: at + operator.length };
    return (OPERATORS[operator] ?? []).map((text) => ({ kind: 'operator', ...place, text }));
  };
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression':
      return otherOperators();
    case 'ConditionalExpression':
      return [instead('condition', `!(${textOf(node.test)})`, node.test as Node)];
    case 'IfStatement':
      return [
        instead('condition', `!(${textOf(node.test)})`, node.test as Node),
        instead('condition', 'false', node.test as Node),
      ];
    case 'WhileStatement':
      return [instead('condition', 'false', node.test as Node)];
    case 'UnaryExpression':
      return node.operator === '!' || node.operator === '-'
        ? [instead('sign', `(${textOf(node.argument)})`)]
        : [];
    case 'UpdateExpression': {
      const other = node.operator === '++' ? '--' : '++';
      return [instead('operator', textOf(node).replace(node.operator as string, other))];
    }
    case 'Literal':
      return literal(node, parent).map((text) => instead('literal', text));
    case 'ArrayExpression':
      return (node.elements as unknown[]).length > 0 ? [instead('literal', '[]')] : [];
    case 'ExpressionStatement':
      return isEffect(node.expression as Node) ? [instead('statement', ';')] : [];
    case 'ReturnStatement':
      return isNode(node.argument) &&
        node.argument.type !== 'Literal' &&
        textOf(node.argument) !== 'undefined'
        ? [instead('return', 'return;')]
        : [];
    case 'CallExpression':
      return call(node, textOf, instead);
    case 'MemberExpression':
      return node.optional === true ? [instead('chain', textOf(node).replace('?.', '.'))] : [];
    default:
      return [];
  }
}

function literal(node: Node, parent: Node | undefined): string[] {
  const { value } = node;
  if (parent?.type === 'Property' && parent.key === node && parent.computed !== true) return [];
  if (/^(Import|Export|TS)/.test(parent?.type ?? '')) return [];
  if (typeof value === 'number') return [value === 0 ? '1' : value === 1 ? '0' : `${value + 1}`];
  if (typeof value === 'boolean') return [`${!value}`];
  if (typeof value === 'string') return [value === '' ? '"changed"' : '""'];
  return [];
}

/** A statement that does something; `super(...)` must stay, or the class cannot be made at all. */
function isEffect(node: Node): boolean {
  if (node.type === 'AwaitExpression') return isEffect(node.argument as Node);
  if (node.type === 'UnaryExpression' && node.operator === 'void') return isEffect(node.argument as Node);
  if (node.type === 'ChainExpression') return isEffect(node.expression as Node);
  if (node.type === 'CallExpression') return (node.callee as Node).type !== 'Super';
  return node.type === 'AssignmentExpression';
}

function call(
  node: Node,
  textOf: (one: unknown) => string,
  instead: (kind: string, text: string, one?: Node) => Change,
): Change[] {
  const callee = node.callee as Node;
  if (callee.type !== 'MemberExpression' || callee.computed === true) return [];
  const name = textOf(callee.property);
  if (name in METHODS) return [instead('method', METHODS[name]!, callee.property as Node)];
  return DROPPED.has(name) ? [instead('method', textOf(callee.object))] : [];
}
