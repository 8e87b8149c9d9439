using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;
using Mesh.Security.Authority;
using Mesh.Security.State;

namespace Mesh.Security.Mtls;

/// <summary>Which mutual TLS modes are listed. All that are set must match.</summary>
/// <param name="Namespace">Null for all.</param>
/// <param name="Service">Null for all.</param>
public sealed record MtlsFilter(string? Namespace = null, string? Service = null) : IStreamFilter
{
    /// <summary>Reads a filter as it was asked for.</summary>
    public static MtlsFilter Of(string? @namespace, string? service, Faults faults) => new(
        string.IsNullOrEmpty(@namespace) || @namespace == "*" ? null : Labels.Read(@namespace, "namespace", null, faults),
        string.IsNullOrEmpty(service) ? null : Labels.Read(service, "service", null, faults));

    /// <summary>
    /// The modes that are set, and the registered services that the default of their namespace applies to, ordered by namespace and
    /// service. The filter by service leaves out defaults as such.
    /// </summary>
    public MtlsListAnswer ToList(MeshState state)
    {
        var security = state.Facts<SecurityState>();
        var registered = (state.TryFacts<IServiceCatalog>()?.Services ?? []).Select(service => service.Key)
            .Where(key => Shows(MtlsScope.Of(key)) && security.In(key.Namespace).Default is not null)
            .ToLookup(key => key.Namespace, key => key.Name, StringComparer.Ordinal);
        return new()
        {
            Sequence = state.Sequence,
            Items =
            [
                .. from one in security.Namespaces
                   from service in one.Value.Services.Keys.Union(registered[one.Key], StringComparer.Ordinal)
                       .Order(StringComparer.Ordinal).Prepend<string?>(null)
                   let scope = new MtlsScope(one.Key, service)
                   where Shows(scope) && (service is not null || one.Value.Default is not null)
                   select ToAnswer(security, scope),
            ],
        };
    }

    /// <inheritdoc/>
    public bool IsTouchedBy(string stream) => SecurityStreams.ScopeOf(stream) is { } scope
        && (Namespace is null || scope.Namespace == Namespace) && (Service is null || scope.Service is null || scope.Service == Service);

    private bool Shows(MtlsScope scope) =>
        (Namespace is null || scope.Namespace == Namespace) && (Service is null || scope.Service == Service);

    private static MtlsAnswer ToAnswer(SecurityState security, MtlsScope scope)
    {
        var own = security.Find(scope);
        var answer = new MtlsAnswer
        {
            Service = scope.Service,
            Namespace = scope.Namespace,
            Mode = own is null ? null : MtlsModes.NameOf(own.Setting.Mode),
            Revision = own?.Version,
        };
        if (scope.Service is not { } name) return answer;
        var service = new ServiceKey(scope.Namespace, name);
        var effective = security.EffectiveOf(service);
        return answer with
        {
            Effective = MtlsModes.NameOf(effective.Mode),
            SpiffeId = effective.TrustDomain is { } domain ? new SpiffeId(domain, service).ToString() : null,
        };
    }
}
