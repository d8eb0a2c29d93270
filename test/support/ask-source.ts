import { RegistryError, type AccessToken, type RegistryClient } from '../../registry-client/client.js'

/** What a source answered, as it went over the wire: a refusal is an answer too. */
export interface SourceAnswer {
  readonly status: number
  readonly data?: unknown
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[]
  readonly extensions: Readonly<Record<string, unknown>>
}

/** Asks a source with exactly this token: when it is refused, no other is asked for. */
export async function askSource(
  client: RegistryClient,
  url: string,
  token: AccessToken,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<SourceAnswer> {
  try {
    const { data, errors, rule } = await client.graphql({ url, token }, { query, variables })
    return { status: 200, data, errors, extensions: { rule } }
  } catch (error) {
    if (!(error instanceof RegistryError) || error.from !== 'source') throw error
    const { status, message, problem, reasons } = error
    return { status, errors: [{ message, extensions: { code: problem, reasons } }], extensions: {} }
  }
}
