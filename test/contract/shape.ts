/**
 * The shape of an answer: which kinds of value stand at which path. List items share the path of
 * their list, so that a shape does not depend on how many there are.
 */

/** Paths such as `$.levels[][].px`, each with its kinds. */
export type Shape = ReadonlyMap<string, ReadonlySet<string>>;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'string') return typeof value;
  if (/^-?\d+(\.\d+)?$/.test(value)) return value.includes('.') ? 'decimal text' : 'integer text';
  return value.startsWith('0x') ? 'hex text' : 'text';
}

/** @param isDictionary whether the keys at a path are names rather than fields */
export function shapeOf(value: unknown, isDictionary: (path: string) => boolean): Shape {
  const shape = new Map<string, Set<string>>();
  const walk = (at: string, inner: unknown): void => {
    const kinds = shape.get(at) ?? new Set();
    shape.set(at, kinds.add(kindOf(inner)));
    if (Array.isArray(inner)) {
      for (const item of inner) walk(`${at}[]`, item);
    } else if (typeof inner === 'object' && inner !== null) {
      for (const [key, field] of Object.entries(inner)) {
        walk(isDictionary(at) ? `${at}.*` : `${at}.${key}`, field);
      }
    }
  };
  walk('$', value);
  return shape;
}

/** What the one shape has and the other lacks or has in another kind. */
export function lacks(shape: Shape, other: Shape): string[] {
  return [...shape].flatMap(([path, kinds]) => {
    const others = other.get(path);
    if (others === undefined) return [path];
    const solid = [...kinds].filter((kind) => kind !== 'null');
    if (solid.length === 0 || solid.some((kind) => others.has(kind))) return [];
    return [`${path}: ${solid.join(' or ')}, not ${[...others].join(' or ')}`];
  });
}
