// What the check of licences calls of a package that comes without types.

declare module 'spdx-satisfies' {
  /** Whether what an expression asks can be met with licences of the list. Throws for what is no expression. */
  function satisfies(expression: string, allowed: readonly string[]): boolean
  export = satisfies
}
