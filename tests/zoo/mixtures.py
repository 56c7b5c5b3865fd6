"""Programs that mix containers, generators, closures, arrays that are written into, and classes."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import collections
import functools
import heapq
import itertools
import math
import numbers
import operator

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def gen(x):
    yield x
    yield x * 2


def arrays_in_a_dict_change(v):
    d={'acc':np.zeros(4)}
    for g in gen(v):
        d['acc']+=g*g
        d['acc'][1:]*=g[0]
    l=[d['acc']]*2
    l[0]+=v
    l[1]=l[1]*2.0
    return np.sum(l[0])+np.sum(l[1]*v)


def default_list_grows(x):
    out=[]
    def f(v,acc=[]):
        acc.append(v); return sum(acc)
    for g in gen(x): out.append(f(g))
    return out[0]*out[1]


def tests_of_numbers(x):
    l=list(gen(x))
    t=0.0
    for q in l:
        if isinstance(q,numbers.Real) and np.isscalar(q) and np.ndim(q)==0 and not hasattr(q,'shape') and q is not None:
            t+=q*q
        if float.is_integer(q): t+=100
        t+=q.real
    return t


def arrays_of_lists(v):
    rows=list(gen(v))
    a=np.array(rows); b=np.asarray(rows[0]); c=np.vstack(rows); d=np.append(rows[0],rows[1]); e=np.concatenate([r[:2] for r in rows])
    b2=b[::2]
    return a.sum()*b[0]+np.sum(c*c)+np.sum(d**3)+e.prod()+b2[1]+np.hypot(*rows).sum()+np.inner(*rows)+a.T.dot(np.ones(2)).sum()+a.mean(axis=0)@v+float(a.max())+a.flatten()[3]+a.ravel()[1]+a[1].copy()[0]+np.ptp(a)+a.std()


def heap_of_dicts(x):
    heap=[]
    cnt=itertools.count()
    for g in itertools.islice(itertools.cycle(gen(x)),5):
        heapq.heappush(heap,(-g,next(cnt),{'v':g}))
    out=0.0
    while len(heap)>2:
        k,_,d=heapq.heappop(heap)
        d['v']*=k
        out+=d['v']
    return out


def handler_in_a_helper(x):
    def helper(l):
        try:
            return l[5]
        except IndexError:
            l.append(x*3); return l[-1]
    l=list(gen(x))
    return helper(l)*l[2]+len(l)


def rounded_keys(x):
    cache={}
    def f(y):
        key=round(y,3)
        if key not in cache: cache[key]=[y*y]
        cache[key].append(y)
        return cache[key][0]*len(cache[key])
    return f(x)+f(x)+f(2*x)


def transposed_lists(x):
    grid=[[x*i*j for j in range(3)] for i in range(3)]
    t=list(map(list,zip(*grid)))
    t[0][1]=x*7
    u=[r[:] for r in t]
    u[1][1]+=t[0][1]
    grid[2][2]=u[1][1]**2
    return grid[2][2]+t[2][2]+sum(itertools.chain(*u))


def counter_sums(x):
    s=collections.Counter()
    for w,g in zip('abca',itertools.cycle(gen(x))): s[w]+=g
    top=s.most_common(2)
    return top[0][1]*top[1][1]+sum(s.values())+max(s.items(),key=operator.itemgetter(1))[1]


def interpreter_of_closures(x):
    # interpreter
    env={'x':x}
    prog=[('set','y',lambda e: e['x']**2),('set','z',lambda e: e['y']+e['x']),('push',None,lambda e: e['z'])]
    st=[]
    for op,name,fn in prog:
        v=fn(env)
        if op=='set': env[name]=v
        else: st.append([v])
    st[0].append(env['y'])
    return st[0][0]*st[0][1]


def window_minimum(v):
    # sliding min deque
    dq=collections.deque(); out=[]
    for i,q in enumerate(v):
        while dq and dq[-1][0]>q: dq.pop()
        dq.append((q,i))
        if dq[0][1]<=i-2: dq.popleft()
        out.append(dq[0][0])
    return sum(o*(i+1) for i,o in enumerate(out))


def newton_with_history(v):
    # newton with history
    hist={'x':[v[0]],'f':[]}
    for _ in range(4):
        x=hist['x'][-1]; f=x*x-v[1]**2; hist['f'].append(f)
        hist['x'].append(x-f/(2*x))
    return hist['x'][-1]+sum(hist['f'])


def slots_in_a_tree(x):
    class N:
        __slots__=('v','kids')
        def __init__(s,v): s.v=v; s.kids=[]
    root=N(x); n=root
    for g in gen(x):
        k=N(g*n.v); n.kids.append(k); n=k
    def walk(n): return n.v+sum(walk(k) for k in n.kids)
    return walk(root)


def arrays_in_lists_change(v):
    u=np.array(v); l=[u]
    for g in gen(v[0]):
        l.append(l[-1].copy()); l[-1][0]=g*2; l[-1]/=g+3
    z=np.zeros((2,4)); z[:]=l[:2]; z[0,1]=v[2]; z[1]=z[0]
    z[[0,1],[1,2]]=v[:2]; z[z<0]*=v[3]; z[:, ::2]+=l[2][:2]
    return z.sum()*z[0,1]+sum(q@q for q in l)


def generator_of_pairs(x):
    g=((a,b) for a in gen(x) for b in gen(x*x) if a!=b)
    return sum(a*b for a,b in g)


def closures_of_a_generator(x):
    fs=[(lambda y,k=k: y*k) for k in gen(x)]
    return fs[0](2.0)*fs[1](x)


def nonlocal_in_a_closure(x):
    def outer():
        n=0
        def inc(v):
            nonlocal n
            n+=1
            return v*n
        return inc
    inc=outer()
    return sum(inc(v) for v in gen(x))+inc(x)


def pops_while_walking(x):
    d=dict(a=[x],b=[2*x])
    for k,v in list(d.items()):
        v.append(len(d)*x)
        if k=='a': d.pop('b',None)
    return sum(d['a'])


def lists_swap(x):
    a,b=[x],[x*2]
    a,b=b,a
    a.extend(b); b+=a
    a[:0]=[1.0]
    return sum(b)*a[1]+a[0]


def dicts_in_dicts(x):
    m={}
    m.setdefault(1,{}).setdefault(2,[]).append(x)
    m[1][2]+=[x*x]
    m[1][3]=m[1].pop(2)
    return m[1][3][0]*m[1][3][1]


def tree_of_dicts(x):
    from functools import reduce
    tree={'v':x,'k':[{'v':x*x,'k':[]},{'v':math.sin(x),'k':[{'v':2*x,'k':[]}]}]}
    def depth(t): return 1+max([depth(k) for k in t['k']],default=0)
    def total(t): return t['v']*depth(t)+reduce(lambda a,b:a+total(b),t['k'],0.0)
    tree['k'][0]['k'].append({'v':x**3,'k':[]})
    return total(tree)


def enumerate_by_hand(x):
    e=enumerate(gen(x),start=2)
    i,first=next(e)
    return first*i+sum(v*k for k,v in e)


ZOO = [
    entry(arrays_in_a_dict_change, V),
    entry(default_list_grows, .7),
    entry(tests_of_numbers, .7),
    entry(arrays_of_lists, V),
    entry(heap_of_dicts, .7),
    entry(handler_in_a_helper, .7),
    entry(rounded_keys, .7),
    entry(transposed_lists, .7),
    entry(counter_sums, .7),
    entry(interpreter_of_closures, .7),
    entry(window_minimum, V),
    entry(newton_with_history, V),
    entry(slots_in_a_tree, .7),
    entry(arrays_in_lists_change, V),
    entry(generator_of_pairs, .7),
    entry(closures_of_a_generator, .7),
    entry(nonlocal_in_a_closure, .7),
    entry(pops_while_walking, .7),
    entry(lists_swap, .7),
    entry(dicts_in_dicts, .7),
    entry(tree_of_dicts, .7),
    entry(enumerate_by_hand, .7),
]
