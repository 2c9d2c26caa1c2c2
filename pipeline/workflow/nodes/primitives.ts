/** Values as nodes of their own. */
import { number, text, whole, yesOrNo } from '../inputs.ts';
import { defineNode } from '../node.ts';

export const primitiveInt = defineNode({
  name: 'PrimitiveInt',
  inputs: { value: whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) },
  outputs: ['INT'],
  run: ({ value }) => [value],
});

export const primitiveFloat = defineNode({
  name: 'PrimitiveFloat',
  inputs: { value: number(-Number.MAX_VALUE, Number.MAX_VALUE) },
  outputs: ['FLOAT'],
  run: ({ value }) => [value],
});

export const primitiveString = defineNode({
  name: 'PrimitiveString',
  inputs: { value: text() },
  outputs: ['STRING'],
  run: ({ value }) => [value],
});

export const primitiveStringMultiline = defineNode({
  name: 'PrimitiveStringMultiline',
  inputs: { value: text() },
  outputs: ['STRING'],
  run: ({ value }) => [value],
});

export const primitiveBoolean = defineNode({
  name: 'PrimitiveBoolean',
  inputs: { value: yesOrNo() },
  outputs: ['BOOLEAN'],
  run: ({ value }) => [value],
});
