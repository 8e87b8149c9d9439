using Mesh.ControlPlane.Snapshots;
using Mesh.Xds.Protos;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>What a delta client knows, in plain sets: it checks each response against what it asked for and what it has.</summary>
internal sealed class DeltaClientModel(DeltaStream stream)
{
    private readonly Dictionary<XdsType, State> _types = XdsTypes.OfServices.ToDictionary(type => type, _ => new State());
    private readonly Queue<DeltaDiscoveryResponse> _unanswered = new();
    private XdsView _view = stream.World.Current[XdsFlavour.Mesh];
    private DeltaStream _stream = stream;

    public void Publish()
    {
        _stream.Publish();
        _view = _stream.World.Current[XdsFlavour.Mesh];
    }

    public void Wait(TimeSpan time) => _stream.Time.Advance(time);

    public void Subscribe(XdsType type, params string[] names)
    {
        var state = _types[type];
        state.Requested = true;
        foreach (var name in names)
        {
            if (name == "*") state.Star = true;
            else state.Names.Add(name);
        }

        state.Owed.UnionWith(names.Contains("*") ? _view.Names(type).Concat(names) : names);
        _stream.Subscribe(type, names);
    }

    public void Unsubscribe(XdsType type, params string[] names)
    {
        var state = _types[type];
        if (!state.Requested) return;
        foreach (var name in names)
        {
            if (name == "*")
            {
                EndWildcard(type, state);
                continue;
            }

            var known = state.Names.Remove(name);
            if (!Wants(type, name)) state.Drop(name);
            if (known && state.Star) state.Owed.Add(name);
        }

        _stream.Unsubscribe(type, names);
    }

    /// <summary>Takes the next response, if there is one.</summary>
    public bool Take()
    {
        if (_stream.Next() is not { } response) return false;
        var type = XdsTypes.Parse(response.TypeUrl)!;
        var state = _types[type];
        foreach (var resource in response.Resources)
        {
            var held = state.Held.GetValueOrDefault(resource.Name);
            Assert.True(Wants(type, resource.Name), $"{type} {resource.Name} was not asked for.");
            Assert.Equal(_view.Find(type, resource.Name)?.Version, resource.Version);
            var wanted = state.Owed.Remove(resource.Name) | state.Warmed.Remove(resource.Name);
            Assert.True(wanted || held != resource.Version, $"{type} {resource.Name} was sent twice.");
            if (held is not null && held != resource.Version && Warmed(type) is { } target) target.Warmed.Add(resource.Name);
            state.Stale.Remove(resource.Name);
            state.Held[resource.Name] = resource.Version;
        }

        foreach (var name in response.RemovedResources)
        {
            Assert.True(state.Held.ContainsKey(name) || state.Owed.Contains(name), $"{type} {name} was taken away and not there.");
            Assert.False(Wants(type, name) && _view.Find(type, name) is not null, $"{type} {name} was taken away and exists.");
            // A removal that was due may come before the answer that says the same.
            var again = state.Held.ContainsKey(name) && state.Owed.Contains(name);
            state.Drop(name);
            if (again) state.Owed.Add(name);
        }

        _unanswered.Enqueue(response);
        return true;
    }

    public void Answer(bool refuse)
    {
        if (!_unanswered.TryDequeue(out var response)) return;
        if (refuse) _stream.Nack(response, "no");
        else _stream.Ack(response);
    }

    /// <summary>The stream breaks, and another begins with what the client has.</summary>
    public void Reconnect()
    {
        _stream = new DeltaStream(_stream.World);
        _view = _stream.World.Current[XdsFlavour.Mesh];
        _unanswered.Clear();
        foreach (var (type, state) in _types.Where(t => t.Value.Requested))
        {
            foreach (var name in state.Held.Keys.Where(name => !state.Star && !state.Names.Contains(name)).ToList()) state.Drop(name);
            state.Stale.Clear();
            state.Stale.UnionWith(state.Held.Where(held => !Wants(type, held.Key) || _view.Find(type, held.Key)?.Version != held.Value)
                .Select(held => held.Key));
            // Of what it names, all that it does not have as it is now.
            state.Owed.UnionWith(state.Names);
            if (state.Star) state.Owed.UnionWith(_view.Names(type));
            state.Warmed.UnionWith(state.Held.Keys);
            var request = new DeltaDiscoveryRequest { TypeUrl = type.Url, ResourceNamesSubscribe = { state.Names } };
            if (state.Star || state.Names.Count == 0) request.ResourceNamesSubscribe.Add("*");
            state.Star |= state.Names.Count == 0;
            foreach (var (name, version) in state.Held) request.InitialResourceVersions[name] = version;
            _stream.Send(request);
        }
    }

    /// <summary>Takes and answers everything, and has then what it asked for and nothing else.</summary>
    public void Settle()
    {
        Publish();
        do
        {
            while (Take()) Answer(refuse: false);
            Answer(refuse: false);
            // Refusals hold removals up so long.
            Wait(TimeSpan.FromSeconds(16));
        }
        while (Take());

        foreach (var (type, state) in _types)
        {
            var expected = _view.Names(type).Where(name => Wants(type, name))
                .Select(name => KeyValuePair.Create(name, _view.Find(type, name)!.Version));
            Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), state.Held.OrderBy(e => e.Key, StringComparer.Ordinal));
        }
    }

    /// <summary>The machine takes the client for having what it has.</summary>
    public void CheckHoldings()
    {
        var holdings = _stream.Holdings.GroupBy(held => held.Type)
            .ToDictionary(held => held.Key, held => held.ToDictionary(h => h.Name, h => h.Version));
        foreach (var (type, state) in _types)
        {
            var expected = state.Held.Where(held => !state.Stale.Contains(held.Key)).OrderBy(held => held.Key, StringComparer.Ordinal);
            Assert.Equal(expected, (holdings.GetValueOrDefault(type) ?? []).OrderBy(held => held.Key, StringComparer.Ordinal));
        }
    }

    private bool Wants(XdsType type, string name) =>
        _types[type].Names.Contains(name) || (_types[type].Star && _view.Find(type, name) is not null);

    private void EndWildcard(XdsType type, State state)
    {
        if (!state.Star) return;
        state.Star = false;
        foreach (var name in _view.Names(type).Where(name => !state.Names.Contains(name))) state.Drop(name);
    }

    private State? Warmed(XdsType type) =>
        type == XdsTypes.Cluster
            ? _types[XdsTypes.ClusterLoadAssignment]
            : type == XdsTypes.Listener ? _types[XdsTypes.RouteConfiguration] : null;

    private sealed class State
    {
        public bool Requested { get; set; }

        public bool Star { get; set; }

        public HashSet<string> Names { get; } = [];

        public Dictionary<string, string> Held { get; } = [];

        /// <summary>What it has of before, which the machine of this stream does not take for had.</summary>
        public HashSet<string> Stale { get; } = [];

        /// <summary>What may come though the client has it: it asked again, or what points at it was changed.</summary>
        public HashSet<string> Owed { get; } = [];

        public HashSet<string> Warmed { get; } = [];

        public void Drop(string name)
        {
            Held.Remove(name);
            Stale.Remove(name);
            Owed.Remove(name);
            Warmed.Remove(name);
        }
    }
}
