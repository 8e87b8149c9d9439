using System.Collections.Concurrent;
using Mesh.Kernel.State;
using Mesh.Kernel.Xds;
using Mesh.Tests.Support;
using Mesh.Xds.Resources;

namespace Mesh.Tests.ControlPlane;

/// <summary>A module that gives each client secrets of its own.</summary>
internal sealed class SecretsForTests : IXdsNodeContributor
{
    private readonly ConcurrentDictionary<string, TestSecret> _byNode = new();

    public event Action? Changed;

    public int Order => 10;

    /// <summary>Thrown where a client is asked for.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Gives a client a secret in place of the one that it has.</summary>
    public void Give(string node, TestSecret secret)
    {
        _byNode[node] = secret;
        Changed?.Invoke();
    }

    public void TakeFrom(string node)
    {
        _byNode.TryRemove(node, out _);
        Changed?.Invoke();
    }

    public object? Shape(MeshState state, XdsNode node) => Fault is null ? _byNode.GetValueOrDefault(node.Id) : throw Fault;

    public void Configure(XdsNodeDraft draft)
    {
        if (_byNode.TryGetValue(draft.Node.Id, out var secret)) draft.Set(XdsTypes.Secret, secret.Message);
    }
}
