namespace Mesh.DataPlane.Configuration;

/// <summary>
/// Names of one type that requests need and that are not here: the control plane is asked for them before anybody is told that there is
/// none, since what was registered a moment ago is still on its way. One question is in progress at a time, for a hundred names at most,
/// and what is asked meanwhile is in the next: an answer to a question that was sent before says nothing of what came since. So however
/// many names are tried, the control plane gets one request a round trip. Not thread-safe: <see cref="ConfigState"/> guards it.
/// </summary>
/// <param name="wildcard">Whether names have to be asked for besides all that there are, and so given up again.</param>
/// <param name="time">The clock.</param>
internal sealed class NameLookups(bool wildcard, TimeProvider time)
{
    /// <summary>How many names may wait for the next questions.</summary>
    public const int MostWaiting = 1000;

    /// <summary>Names in one question.</summary>
    public const int MostAsked = 100;

    /// <summary>How many names stay asked for beside the wildcard.</summary>
    public const int MostKept = 1000;

    /// <summary>
    /// A question without an answer for this long is given up, and after as long again what has arrived and cannot be routed by.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly OrderedDictionary<string, Waiters> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Waiters> _asked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Waiters> _arriving = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, bool> _kept = new(StringComparer.Ordinal);
    private long _askedAt;

    /// <summary>Whether names wait and may be asked for now.</summary>
    public bool IsDue => _waiting.Count > 0 && _asked.Count + _leaving.Count == 0;

    /// <summary>
    /// Completes when the control plane has answered a question that is sent after this call; null when there is no room.
    /// </summary>
    public Task? AddAsync(string name)
    {
        if (_waiting.TryGetValue(name, out var waiters))
            return waiters.Task;
        if (_waiting.Count >= MostWaiting)
            return null;
        _waiting[name] = waiters = new Waiters();
        return waiters.Task;
    }

    /// <summary>The next question, if there is one and none is in progress: names to ask for, and names to give up.</summary>
    public (IReadOnlyList<string> Ask, IReadOnlyList<string> GiveUp) Next()
    {
        if (!IsDue)
            return ([], []);
        _askedAt = time.GetTimestamp();
        while (_waiting.Count > 0 && _asked.Count < MostAsked)
        {
            var (name, waiters) = _waiting.GetAt(0);
            _waiting.RemoveAt(0);
            _asked[name] = waiters;
            if (!wildcard)
                continue;
            _kept.Remove(name);
            _kept.Add(name, true);
        }

        // The newest are kept, so none that is asked for now is among those given up.
        while (_kept.Count > MostKept)
        {
            _leaving.Add(_kept.GetAt(0).Key);
            _kept.RemoveAt(0);
        }

        return ([.. _asked.Keys], [.. _leaving]);
    }

    /// <summary>
    /// Nothing more is to come: the control plane says that there is none of this name, or confirms that it is not subscribed to by name
    /// any more.
    /// </summary>
    public void Settled(string name)
    {
        _leaving.Remove(name);
        if (_asked.Remove(name, out var asked))
            asked.Answer();
        if (_arriving.Remove(name, out var arriving))
            arriving.Answer();
    }

    /// <summary>The control plane has sent it; it is waited for until it can be routed by.</summary>
    public void Arrived(string name)
    {
        _leaving.Remove(name);
        if (!_asked.Remove(name, out var asked))
            return;
        asked.Since = time.GetTimestamp();
        if (!_arriving.TryAdd(name, asked))
            _arriving[name].Join(asked);
    }

    /// <summary>Answers those that have arrived and can be routed by.</summary>
    public void AnswerPresent(Func<string, bool> isRoutable)
    {
        foreach (var (name, waiters) in _arriving)
        {
            if (isRoutable(name) && _arriving.Remove(name))
                waiters.Answer();
        }
    }

    /// <summary>A stream begins: what was asked on another is asked again.</summary>
    public void Restart()
    {
        foreach (var (name, waiters) in _asked)
        {
            if (!_waiting.TryAdd(name, waiters))
                _waiting[name].Join(waiters);
        }

        _asked.Clear();
        _leaving.Clear();
        _kept.Clear();
    }

    /// <summary>Gives up what has taken too long; whoever waits for it has gone by then.</summary>
    public void Expire()
    {
        foreach (var (name, waiters) in _arriving)
        {
            if (time.GetElapsedTime(waiters.Since) >= Patience && _arriving.Remove(name))
                waiters.Answer();
        }

        if (_asked.Count + _leaving.Count == 0 || time.GetElapsedTime(_askedAt) < Patience)
            return;
        foreach (var waiters in _asked.Values)
            waiters.Answer();
        _asked.Clear();
        _leaving.Clear();
    }

    /// <summary>Those who wait for one name.</summary>
    private sealed class Waiters
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private List<Waiters>? _others;

        public Task Task => _answered.Task;

        public long Since { get; set; }

        public void Join(Waiters others) => (_others ??= []).Add(others);

        public void Answer()
        {
            _answered.TrySetResult();
            _others?.ForEach(static others => others.Answer());
        }
    }
}
