/** As much of what a schema says as is told. */
interface Faults {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}

/**
 * What a schema has against a value, a line for each fault: the place and what is wrong there. Never the value; the name of
 * a member that is not known is part of what is wrong.
 * @param of what the value is called, before each place
 * @param whole what stands in the place of a fault that is about all of it
 * @param most so many faults, 20 unless given: who sends nonsense need not hear all of it
 */
export function schemaFaults(
  { issues }: Faults,
  { of = '', whole = '', most = 20 }: { readonly of?: string; readonly whole?: string; readonly most?: number } = {},
): readonly string[] {
  return issues
    .slice(0, most)
    .map(({ path, message }) => [of, path.join('.') || whole, message].filter((part) => part !== '').join(': '))
}

/** Where the first thing is that a schema has against a value: the names that lead there, never the value. */
export function pathOfFault({ issues }: Faults): string {
  return issues[0]?.path.join('.') ?? ''
}
