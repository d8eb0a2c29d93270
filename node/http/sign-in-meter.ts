import { Counter, type Registry } from 'prom-client'
import { errorCodes } from '../kernel/errors.js'
import { isSignInRefusal, type SignInRefusal } from './sign-in/refusal.js'

/** Counts who signs in and who is refused; never by caller, key or address. */
export interface SignInMeter {
  /** One call that was let in, or why it was not; also where the address had so many that it is told nothing else. */
  countSignIn(outcome: 'good' | SignInRefusal): void
}

/** Counts in `registry`; every outcome is there from the beginning, so that the first one is seen as a rise. */
export function createSignInMeter(registry: Registry): SignInMeter {
  const calls = new Counter({
    name: 'bronnet_sign_in_total',
    help: 'Calls on the internal listener that had to sign in, by outcome: good, or the code of why they were refused.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  })
  for (const outcome of ['good', ...errorCodes.filter(isSignInRefusal)]) calls.inc({ outcome }, 0)
  return { countSignIn: (outcome) => calls.inc({ outcome }) }
}
