using Mesh.DataPlane.Routing;

namespace Mesh.DataPlane.Configuration;

/// <summary>
/// The services that requests have asked for without anybody having declared them. They stay asked for, so that one that is not there yet
/// is known as soon as it comes; where room is short, those that are not there go first. Not thread-safe: <see cref="ConfigState"/> guards
/// it.
/// </summary>
internal sealed class OnDemandServices(Subscriptions listeners)
{
    /// <summary>How many may be asked for.</summary>
    public const int Most = 1000;

    private const string Referrer = "requests";
    private readonly Dictionary<string, TaskCompletionSource> _all = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unanswered = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, bool> _absent = new(StringComparer.Ordinal);

    /// <summary>Completes when the control plane has answered; null when there is no room.</summary>
    public Task? AskAsync(string service, out bool isNew)
    {
        isNew = !_all.TryGetValue(service, out var answered);
        if (!isNew)
            return answered!.Task;
        if (_all.Count >= Most && !MakeRoom())
        {
            isNew = false;
            return null;
        }

        _all[service] = answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _unanswered.Add(service);
        listeners.Add(service, Referrer);
        return answered.Task;
    }

    /// <summary>Whether it is asked for.</summary>
    public bool Asks(string service) => _all.ContainsKey(service);

    /// <summary>Goes on asking for what an earlier process has asked for.</summary>
    public void Keep(IEnumerable<string> services)
    {
        foreach (var service in services.ToList())
            AskAsync(service, out _);
    }

    /// <summary>The control plane says that there is none of this name.</summary>
    public void MarkAbsent(string service)
    {
        if (!_all.TryGetValue(service, out var answered))
            return;
        _unanswered.Remove(service);
        _absent.TryAdd(service, true);
        answered.TrySetResult();
    }

    /// <summary>Answers those that are waited for and are there by now.</summary>
    public void AnswerPresent(RoutingSnapshot snapshot)
    {
        if (_unanswered.Count > 0)
            _unanswered.RemoveWhere(service => snapshot.Listeners.TryFind(service, out _) && _all[service].TrySetResult());
        for (var i = _absent.Count - 1; i >= 0; i--)
        {
            if (snapshot.Listeners.TryFind(_absent.GetAt(i).Key, out _))
                _absent.RemoveAt(i);
        }
    }

    private bool MakeRoom()
    {
        if (_absent.Count == 0)
            return false;
        var oldest = _absent.GetAt(0).Key;
        _absent.RemoveAt(0);
        _all.Remove(oldest);
        listeners.Release(oldest, Referrer);
        return true;
    }
}
