import { z } from 'zod'

/** How far a grondslag holds. What rests on one that waits for a change of law works in a sandbox only. */
export const grondslagStatus = z.enum(['geldend', 'te-wijzigen', 'experiment', 'toestemming'])
