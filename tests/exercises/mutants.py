"""Machine-made wrong versions of a reference: one small change of one place each.

The changes are those that people make by mistake: another operator, constant, index, axis, sign or name, a
step too many or too few, the wrong one of two similar functions, a part left out.
"""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from difflib import ndiff
from functools import cache

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add, ast.Div],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.MatMult: [],
}
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
}
SIMILAR = {
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "argmax": "argmin",
    "mean": "sum",
    "sum": "mean",
    "std": "var",
    "logical_or": "logical_and",
}
UNWRAPPED = {
    "exp",
    "expm1",
    "log",
    "sqrt",
    "tanh",
    "square",
    "clip",
    "reversed",
    "softmax",
    "grad_log_softmax",
}
"""Functions that may be forgotten, so that their first argument stands alone."""
NO_ARRAYS = {
    *("f", "h", "learning_rate", "steps", "gamma", "lam", "epsilon", "eps", "t", "beta1", "beta2"),
    *("max_norm", "order", "size", "epochs", "action", "actions", "states", "permutation", "grads"),
    *("epsilon_low", "epsilon_high", "dual", "mode", "budget", "cap", "level", "low", "limit", "buffer"),
}
"""Arguments that are functions, settings, indices or lists: their dtype rounds nothing, or everything."""
COMMUTATIVE = {"min", "max", "minimum", "maximum", "logical_or"}


@cache
def mutants(function: Callable) -> dict[str, Callable]:
    """Return the mutants of a reference: the changed lines → the function, without its argument checks."""
    plain = inspect.unwrap(function)
    tree = bare(plain)
    original = ast.unparse(tree)
    found: dict[str, Callable] = {}
    for number in range(sum(1 for _ in ast.walk(tree))):
        for chosen in range(len(list(_changes(_node(tree, number), tree)))):
            mutant = copy.deepcopy(tree)
            node = _node(mutant, number)
            _put(mutant, node, list(_changes(node, mutant))[chosen])
            source = ast.unparse(ast.fix_missing_locations(mutant))
            if source != original:
                found.setdefault(_difference(original, source), compiled(source, plain))
    return found


def bare(function: Callable) -> ast.FunctionDef:
    """Return the parsed function without decorators, docstring and annotations."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    tree.decorator_list, tree.returns = [], None
    if ast.get_docstring(tree):
        tree.body = tree.body[1:]
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
    return ast.fix_missing_locations(_NegativeNumbers().visit(tree))


class _NegativeNumbers(ast.NodeTransformer):
    """Make −1 one number: Python parses it as the negative of 1."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return ast.Constant(-node.operand.value)
        return self.generic_visit(node)


def compiled(source: str, function: Callable) -> Callable:
    """Return the function that `source` defines, among the names of the module of `function`."""
    namespace = dict(function.__globals__)
    exec(source, namespace)
    return namespace[function.__name__]


def _node(tree: ast.AST, number: int) -> ast.AST:
    return next(node for index, node in enumerate(ast.walk(tree)) if index == number)


def _put(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    """Put `new` in the place of `old`, wherever that hangs."""
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                value[:] = [new if each is old else each for each in value]


def _difference(before: str, after: str) -> str:
    """Return the lines that were changed, as they are now; those left out, where nothing is new."""
    marked = [(line[0], line[2:].strip()) for line in ndiff(before.splitlines(), after.splitlines())]
    new, gone = ("; ".join(line for mark, line in marked if mark == which) for which in "+-")
    return new or f"without {gone}"


def _changes(node: ast.AST, tree: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield what may stand in the place of `node`."""
    match node:
        case ast.BinOp():
            yield from (_with(node, op=other()) for other in OPERATORS[type(node.op)])
            yield from (node.left, node.right)
        case ast.UnaryOp():
            yield node.operand
        case ast.Compare(ops=[op]):
            yield from (_with(node, ops=[other()]) for other in COMPARISONS[type(op)])
        case ast.BoolOp():
            yield from node.values
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            others = {value + 1, value - 1, -value} | ({10 * value, 0.0} if 0 < value < 0.5 else set())
            yield from (ast.parse(repr(other), mode="eval").body for other in sorted(others - {value}))
        case ast.keyword(arg="axis"):
            yield from (_with(node, value=ast.Constant(axis)) for axis in (0, 1, None))
        case ast.Call():
            yield from _changed_calls(node)
        case ast.Attribute(attr="T"):
            yield node.value
        case ast.Subscript(ctx=ast.Load()):
            yield from _changed_indices(node)
        case ast.Return(value=ast.Tuple(elts=[first, second])):
            yield _with(node, value=ast.Tuple([second, first], ast.Load()))
        case ast.Return():
            yield _with(node, value=ast.UnaryOp(ast.USub(), node.value))
            yield from _in_the_dtype_of_an_argument(node, tree)
        case ast.Name(ctx=ast.Load()):
            names = [argument.arg for argument in tree.args.args]
            yield from (
                ast.Name(other, ast.Load()) for other in names if node.id in names and other != node.id
            )
        case ast.Assign() | ast.Expr():
            if node not in tree.body or isinstance(node, ast.Expr):
                yield ast.Pass()
            if isinstance(node, ast.Assign):
                yield from _in_the_dtype_of_an_argument(node, tree)
        case ast.For():
            yield from _ended_early(node)


def _in_the_dtype_of_an_argument(node: ast.Assign | ast.Return, tree: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the statement with its value rounded to the dtype of each argument, as `zeros_like` would."""
    if isinstance(node.value, ast.Constant):
        return
    for argument in tree.args.args:
        if argument.arg not in NO_ARRAYS:
            kept = f"np.asarray({ast.unparse(node.value)}).astype(np.asarray({argument.arg}).dtype)"
            yield _with(node, value=ast.parse(kept, mode="eval").body)


def _ended_early(node: ast.For) -> Iterator[ast.AST]:
    """Yield the loop that ends as soon as one of the values that it goes on with stays as it was."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]):
                before, after = f"before = {name}", f"if np.array_equal({name}, before):\n    break"
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"))):
                before, after = "pass", f"if np.array_equal({name}[-1], {name}[-2]):\n    break"
            case _:
                continue
        if name in _read_before_bound(node):
            yield _with(node, body=[*ast.parse(before).body, *node.body, *ast.parse(after).body])


def _read_before_bound(node: ast.For) -> set[str]:
    """Return the names that a loop takes over from one round to the next."""
    bound: set[str] = set()
    carried: set[str] = set()
    for statement in node.body:
        names = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
        carried |= {each.id for each in names if isinstance(each.ctx, ast.Load)} - bound
        bound |= {each.id for each in names if isinstance(each.ctx, ast.Store)}
    return carried


def _changed_calls(node: ast.Call) -> Iterator[ast.AST]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in SIMILAR:
        other = (
            _with(function, attr=SIMILAR[name])
            if isinstance(function, ast.Attribute)
            else _with(function, id=SIMILAR[name])
        )
        if not (isinstance(function, ast.Name) and name == "sum"):  # Python's own sum has no mean beside it
            yield _with(node, func=other)
    if name in UNWRAPPED:
        yield node.args[0]
    if name == "where":
        yield from node.args[1:]
    if name == "clip":
        for edges in _other_edges(node):
            yield _with(node, args=[node.args[0], *(ast.parse(edge, mode="eval").body for edge in edges)])
    if name == "len":
        yield from (ast.BinOp(node, op(), ast.Constant(1)) for op in (ast.Add, ast.Sub))
    if name == "zeros":  # whole numbers in, whole numbers out
        yield _with(node, func=_with(function, attr="zeros_like"), args=node.args[0].args)
    for left_out in node.keywords:
        if left_out.arg != "axis":
            yield _with(node, keywords=[each for each in node.keywords if each is not left_out])
    for first in range(0 if name in COMMUTATIVE else len(node.args) - 1):
        swapped = list(node.args)
        swapped[first : first + 2] = reversed(swapped[first : first + 2])
        yield _with(node, args=swapped)


def _other_edges(node: ast.Call) -> Iterator[tuple[str, str]]:
    """Yield the edges of a clip range as people write them who think in quotients."""
    settings = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    below, above = ("epsilon_low", "epsilon_high") if "epsilon_low" in settings else ("epsilon", "epsilon")
    if {below, above} <= settings:
        yield f"1 / (1 + {below})", f"1 + {above}"
        yield f"np.exp(-{below})", f"np.exp({above})"


def _changed_indices(node: ast.Subscript) -> Iterator[ast.AST]:
    match node.slice:
        case ast.Name() | ast.Constant() | ast.UnaryOp():
            for op in (ast.Add, ast.Sub):
                yield _with(node, slice=ast.BinOp(node.slice, op(), ast.Constant(1)))
        case ast.Tuple(elts=[ast.Name() as first, ast.Name() as second]):
            yield _with(node, slice=ast.Tuple([second, first], ast.Load()))
        case ast.Tuple(elts=[first, *rest]) if any(isinstance(each, ast.Constant) for each in rest):
            yield node.value
        case ast.Slice(lower=lower, upper=upper):
            if upper is not None:
                for op in (ast.Add, ast.Sub):
                    yield _with(node, slice=_with(node.slice, upper=ast.BinOp(upper, op(), ast.Constant(1))))
            if lower is not None:
                yield _with(node, slice=_with(node.slice, lower=ast.BinOp(lower, ast.Add(), ast.Constant(1))))


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """Return a copy of `node` with some fields changed."""
    changed = copy.copy(node)
    for field, value in fields.items():
        setattr(changed, field, value)
    return changed
