import { RegistryError } from '../../registry-client/client.js'
import type { Narrator } from './narrator.js'

/** Tells how a source refuses, and checks that it does. */
export async function expectRefusal(
  tell: Narrator,
  asked: Promise<unknown>,
  status: number,
  who = 'CIZ',
): Promise<void> {
  const startedAt = performance.now()
  const refusal = await refusalOf(asked)
  tell.fact(`${who} says: ${refusal?.message ?? 'nothing'}`, performance.now() - startedAt)
  refusal?.reasons.forEach((reason) => {
    tell.fact(`  ${reason}`)
  })
  tell.expect(refusal?.from === 'source' && refusal.status === status, `refused with ${String(status)}, and no data`)
}

/** The refusal; `undefined` when there is none. @throws what is no refusal */
export async function refusalOf(asked: Promise<unknown>): Promise<RegistryError | undefined> {
  try {
    await asked
    return undefined
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
}
