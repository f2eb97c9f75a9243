"""Faults of a script that can be found without running it."""

import ast
import builtins
import dis
import inspect
import linecache
import types
import warnings

_LOADS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
_STORES = {"STORE_NAME", "STORE_GLOBAL"}


def check(driver):
    """Problems of the script, sorted by place, and its code unless it cannot be compiled."""
    problems = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            code = driver.compile()
        except SyntaxError as error:
            return [_syntax_problem(driver, error)]
    for warning in caught:
        problems.append(_problem(driver, warning.lineno, 0, str(warning.message), warning=True))
    if not driver.settings["skipLint"]:
        problems += [_problem(driver, *found) for found in undefined_names(code, set(driver.symbols))]
    if not driver.settings["skipTypeCheck"]:
        tree = ast.parse(driver.settings["script"])
        problems += [_problem(driver, *found) for found in wrong_methods(tree, driver)]
    return sorted(problems, key=lambda p: (p["line"], p["column"]))


def _problem(driver, line, column, message, warning=False):
    file = driver.settings["scriptFile"]
    source = linecache.getline(file, line).rstrip("\n")
    return {"file": file, "line": line, "column": column, "source": source, "message": message, "warning": warning}


def _syntax_problem(driver, error):
    return _problem(driver, error.lineno or 1, error.offset or 0, f"{type(error).__name__}: {error.msg}")


def undefined_names(code, known):
    """Names that are read but bound nowhere.

    The compiler has resolved all scopes already: what is left are loads of
    global names, so the code objects are read instead of the tree.
    """
    blocks = list(_blocks(code))
    if any(i.opname.startswith("CALL_INTRINSIC") and i.argrepr == "INTRINSIC_IMPORT_STAR"
           or i.opname == "IMPORT_STAR" for b in blocks for i in dis.get_instructions(b)):
        return
    bound = known | set(dir(builtins))
    for block in blocks:
        bound |= _stored(block, top=block is code)
    seen = set()
    for block in blocks:
        local = _stored(block, top=True)
        for instruction in dis.get_instructions(block):
            name = instruction.argval
            if instruction.opname not in _LOADS or name in bound or name in local or name.startswith("__"):
                continue
            place = _place(block, instruction)
            if (name, place) not in seen:
                seen.add((name, place))
                yield *place, f"undefined name '{name}'{_nearest(name, bound)}"


def _blocks(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _blocks(constant)


def _stored(block, top):
    """Names that a block binds: at the top also those without `global`."""
    wanted = _STORES if top else {"STORE_GLOBAL"}
    return {i.argval for i in dis.get_instructions(block) if i.opname in wanted}


def _place(block, instruction):
    positions = getattr(instruction, "positions", None)
    if positions and positions.lineno:
        return positions.lineno, (positions.col_offset or 0) + 1
    before = [line for start, line in dis.findlinestarts(block) if start <= instruction.offset and line]
    return (before[-1] if before else block.co_firstlineno), 0


def wrong_methods(tree, driver):
    """Methods of machines and of the log that do not exist, or not with such arguments."""
    rebound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    rebound |= {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    calls = {id(n.func): n for n in ast.walk(tree) if isinstance(n, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id in rebound:
            continue
        target = driver.symbols.get(node.value.id)
        if isinstance(node.ctx, ast.Load) and (target in driver.machines or target is driver.log):
            problem = _method_problem(driver, target, node.attr, calls.get(id(node)))
            if problem:
                yield node.end_lineno, node.end_col_offset - len(node.attr) + 1, problem


def _method_problem(driver, target, name, call):
    if not hasattr(type(target), name) and name not in vars(target):
        names = [n for n in dir(target) if not n.startswith("_")]
        kind = "the log" if target is driver.log else "a machine"
        return f"{kind} has no method '{name}'{_nearest(name, names)}"
    method = getattr(type(target), name, None)
    unknown = call is None or any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
    if unknown or not isinstance(method, types.FunctionType):
        return None
    try:
        inspect.signature(method).bind(target, *call.args, **{k.arg: k.value for k in call.keywords})
    except TypeError as error:
        return f"{name}: {error}"
    return None


def _nearest(name, candidates):
    import difflib

    near = difflib.get_close_matches(name, sorted(candidates), 1)
    return f"; did you mean '{near[0]}'?" if near else ""
