import * as v from 'valibot';

/**
 * Checks what others have written on a disk.
 * @param what names the part of it in the error
 * @throws an Error with the first mistake and its place
 */
export function checkMetadata<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${what}: ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}
