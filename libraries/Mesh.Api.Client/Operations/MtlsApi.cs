using Mesh.Api.Client.Transport;
using Mesh.Contracts.Security;

namespace Mesh.Api.Client.Operations;

/// <summary>Mutual TLS modes: those of services, and the defaults of namespaces.</summary>
public sealed class MtlsApi
{
    private const string Path = "/api/security/mtls";
    private readonly ApiTransport _transport;

    internal MtlsApi(ApiTransport transport) => _transport = transport;

    /// <summary>Sets the mode of a service, or the default of a namespace.</summary>
    /// <param name="request">For what, and which.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<MtlsWriteAnswer>> SetAsync(
        MtlsModeBody request, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.WriteAsync(HttpMethod.Post, new ApiPath(Path), request, SecurityJson.Default.MtlsModeBody,
            SecurityJson.Default.MtlsWriteAnswer, write, cancellationToken);

    /// <summary>Removes the mode of a service, or the default of a namespace. What is not there changes nothing.</summary>
    /// <param name="service">The service; null for the default of the namespace.</param>
    /// <param name="namespace">Its namespace; null: <c>default</c>, with a service.</param>
    /// <param name="write">Idempotency-Key and condition; null: a new key and none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<MtlsWriteAnswer>> RemoveAsync(
        string? service, string? @namespace = null, WriteOptions? write = null, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(new ApiPath(Path).With("service", service).With("namespace", @namespace),
            SecurityJson.Default.MtlsWriteAnswer, write, cancellationToken);

    /// <summary>Lists modes, and the registered services that the default of their namespace applies to.</summary>
    /// <param name="service">Only this service; null: all.</param>
    /// <param name="namespace">Only this namespace; null or <c>*</c>: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Errors.MeshApiException">The call was refused, or not answered.</exception>
    public Task<ApiAnswer<MtlsListAnswer>> ListAsync(
        string? service = null, string? @namespace = null, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(new ApiPath(Path).With("service", service).With("namespace", @namespace),
            SecurityJson.Default.MtlsListAnswer, cancellationToken);
}
