using System.Globalization;
using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Protos.Rpc;
using Mesh.Xds.Resources;

namespace Mesh.ControlPlane.Ads;

/// <summary>
/// One stream's part in the protocol, without its I/O: requests and snapshots go in, responses come out, one at a time and always from the
/// newest snapshot. Not thread-safe; the session calls it from one loop. Flow step 7.
/// <para>
/// Changes go in push order, and a type waits until those before it are answered; the answer to a subscription waits only for changes
/// that are not sent yet. Removals go last, once everything else is answered, or after 15 s; so long stays what a refused resource's last
/// accepted version points at.
/// </para>
/// </summary>
public abstract class AdsMachine<TRequest, TResponse>(TimeProvider time, IPushObserver observer) : IAdsMachine<TRequest, TResponse>
    where TRequest : class where TResponse : class
{
    /// <summary>Names one stream may subscribe to in one type.</summary>
    public const int MaxNames = 20_000;

    private const int MaxUnanswered = 256;
    private readonly TypeState[] _types = [.. XdsTypes.PushOrder.Select(type => new TypeState(type))];
    private XdsSnapshot _snapshot = XdsSnapshot.None;
    private StreamScope? _scope;
    private long _nonce;
    private long _questions;

    protected StreamScope Scope => _scope ?? throw new InvalidOperationException("The stream's node is unknown yet.");

    protected IPushObserver Observer => observer;

    protected DateTimeOffset Now => time.GetUtcNow();

    /// <inheritdoc/>
    public void Open(StreamScope scope, XdsSnapshot snapshot)
    {
        (_scope, _snapshot) = (scope, snapshot);
        scope.Refresh(snapshot);
    }

    /// <inheritdoc/>
    public abstract string? Receive(TRequest request);

    /// <inheritdoc/>
    public void Publish(XdsSnapshot snapshot)
    {
        if (snapshot.Generation <= _snapshot.Generation) return;
        var changes = snapshot.ChangesSince(_snapshot.Generation)?.ToList();
        _snapshot = snapshot;
        if (_scope is not { } scope) return;
        var news = new SnapshotNews(scope, snapshot, changes, scope.Refresh(snapshot), Now);
        foreach (var type in _types)
        {
            if (!type.Requested) continue;
            news.Mark(type);
            if (type.Unconfirmed.Count > 0) RecheckUnconfirmed(type);
        }
    }

    /// <inheritdoc/>
    public TResponse? Next()
    {
        if (_scope is null) return null;
        if (Foreign() is { } foreign) return foreign;
        var now = Now;
        var unsent = false;
        var waiting = false;
        foreach (var type in XdsTypes.PushOrder.Select(State))
        {
            if (!type.Requested || type.WaitsWhole) continue;
            type.Settle(View, Scope, now);
            var busy = type.IsWaiting(now);
            var mayChange = !unsent && !waiting && !busy;
            if ((type.HasPending && !unsent) || (type.HasChanges && mayChange))
            {
                var response = Build(type, !waiting);
                type.Share(View);
                if (response is not null) return response;
            }

            unsent |= type.HasChanges || type.HasPending;
            waiting |= busy;
        }

        return Removal(now, quiet: !unsent && !waiting);
    }

    /// <inheritdoc/>
    public long? Question => Array.Exists(_types, t => t.Unconfirmed.Count > 0) ? _questions : null;

    /// <inheritdoc/>
    public void Release(long question)
    {
        foreach (var type in _types)
        {
            foreach (var name in type.Unconfirmed.Where(h => h.Value <= question).Select(h => h.Key).ToList()) AddPending(type, name);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<XdsResource> Holdings() => [.. _types.SelectMany(t => t.Sent.Values)];

    /// <inheritdoc/>
    public long? Settled =>
        _scope is not null
            && !Array.Exists(_types,
                t => t.Requested
                    && (t.HasChanges || t.HasPending || t.Unconfirmed.Count > 0 || t.Unacknowledged.Count > 0
                        || t.PendingRemovals.Count > 0)) ? Sequence : null;

    /// <inheritdoc/>
    public DateTimeOffset? Wake
    {
        get
        {
            var now = Now;
            return _types.Min(type => type.DueAt(now));
        }
    }

    protected XdsView View => _snapshot[Scope.Flavour];

    protected long Sequence => _snapshot.Sequence;

    /// <summary>The log that <see cref="Sequence"/> counts, as it stands in messages.</summary>
    protected string Log => _snapshot.Position?.Log.ToString() ?? "";

    protected TypeState State(XdsType type) => _types[type.Order];

    /// <summary>
    /// Writes what a type is owed: answers, and its changes too where <paramref name="changes"/> says they may go. Null when it comes to
    /// nothing; either way nothing remains owed that could be given.
    /// </summary>
    protected abstract TResponse? Build(TypeState type, bool changes);

    /// <summary>Takes names away from the client; null where the protocol has no way to say so.</summary>
    protected abstract TResponse? BuildRemoval(TypeState type, IReadOnlyList<string> names);

    /// <summary>An answer owed for a type that the mesh does not serve.</summary>
    protected virtual TResponse? Foreign() => null;

    /// <summary>
    /// Takes a name in that the client has just asked for: it is owed an answer, or held where that would be that there is none.
    /// </summary>
    /// <param name="type">Its type.</param>
    /// <param name="name">The name.</param>
    /// <param name="question">Of the request, from <see cref="NextQuestion"/>.</param>
    /// <returns>Whether it is owed.</returns>
    protected bool Asked(TypeState type, string name, long question)
    {
        if (Scope.IsAbsent(View, type.Type, name))
        {
            type.Unconfirmed[name] = question;
            type.Pending.Remove(name);
            return false;
        }

        type.Unconfirmed.Remove(name);
        type.Pending.Set(name, name);
        return true;
    }

    /// <summary>The number of a request's names.</summary>
    protected long NextQuestion() => ++_questions;

    /// <summary>A name that was held is answered now.</summary>
    protected virtual void AddPending(TypeState type, string name)
    {
        type.Unconfirmed.Remove(name);
        type.Pending.Set(name, name);
    }

    protected string NextNonce() => (++_nonce).ToString(CultureInfo.InvariantCulture);

    /// <summary>Starts or repeats a type's wildcard.</summary>
    protected void CoverNow(TypeState type) => type.Cover(Scope, View, Now);

    /// <summary>Notes a response as sent; its nonce and version go into the message.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="resources">What it carries.</param>
    /// <param name="removed">What it takes away.</param>
    /// <param name="replacing">Those resources that take the place of another version, and that one where it is known.</param>
    /// <param name="changes">
    /// Whether it delivers the type's changes; else it only answers, and their causes wait for the response that does.
    /// </param>
    /// <param name="trace">What the client goes on with, or null.</param>
    protected SentResponse Send(
        TypeState type, IReadOnlyCollection<XdsResource> resources, IReadOnlyCollection<string> removed,
        IReadOnlyCollection<(XdsResource New, XdsResource? Old)> replacing, bool changes, out string? trace)
    {
        var sent = new SentResponse(
            NextNonce(), type.Version, Sequence, Now, [.. resources.Select(r => r.Name), .. removed],
            changes && type.Causes.Count > 0 ? [.. type.Causes] : []);
        if (type.Type.HasReferences && replacing.Any(r => r.Old is not null))
            sent = sent with
            {
                Replaced = replacing.Where(r => r.Old is not null).ToDictionary(r => r.New.Name, r => r.Old!, StringComparer.Ordinal),
            };
        if (type.Unacknowledged.Count == MaxUnanswered) type.Unacknowledged.RemoveAt(0);
        type.Unacknowledged.Add(sent);
        if (changes) type.Causes.Clear();
        if (type.Type.Warms is { } warmed)
        {
            var target = State(warmed);
            foreach (var name in replacing.Select(r => r.New.Name))
            {
                // A client that comes back may name what it holds of the target only after this.
                if (!target.Requested || (target.Sent.Contains(name) && target.Wants(name))) target.Again.Add(name);
            }
        }

        trace = observer.Sent(type.Type, sent, resources.Count, removed.Count);
        return sent;
    }

    /// <summary>Takes the client's answer to a response; older unanswered ones are answered with it.</summary>
    protected void Answer(TypeState type, string nonce, Status? error)
    {
        var index = type.Unacknowledged.FindIndex(u => u.Nonce == nonce);
        if (index < 0) return;
        var answered = type.Unacknowledged[index];
        var causes = index == 0 ? answered.Causes : [.. type.Unacknowledged.Take(index + 1).SelectMany(u => u.Causes)];
        type.Unacknowledged.RemoveRange(0, index + 1);
        if (error is not null)
        {
            type.Refuse(NackNames.Of(type.Type, answered.Names, error), answered);
            observer.Nacked(type.Type, answered, error.Message);
            return;
        }

        foreach (var name in answered.Names) type.Refused.Remove(name);
        observer.Acked(type.Type, answered with { Causes = causes }, type.Refused.Count > 0);
    }

    private TResponse? Removal(DateTimeOffset now, bool quiet)
    {
        if (!Array.Exists(_types, t => t.PendingRemovals.Count > 0)) return null;
        var kept = RefusedReferences.Of(_types);
        foreach (var type in XdsTypes.RemovalOrder.Select(State))
        {
            if (type.PendingRemovals.Count == 0) continue;
            var due = type.PendingRemovals.Where(l => (quiet && !kept.Contains((type.Type, l.Key))) || l.Value + PushOrder.Patience <= now)
                .Select(l => l.Key).Order(StringComparer.Ordinal).ToList();
            if (due.Count > 0 && BuildRemoval(type, due) is { } response) return response;
        }

        return null;
    }

    private void RecheckUnconfirmed(TypeState type)
    {
        foreach (var name in type.Unconfirmed.Keys.Where(n => !Scope.IsAbsent(View, type.Type, n)).ToList()) AddPending(type, name);
        type.Changed.ExceptWith(type.Unconfirmed.Keys);
    }
}
