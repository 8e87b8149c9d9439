using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Api.Permissions;

/// <summary>
/// The one way a gRPC service is mapped. Each of its methods requires a permission of its own: a method whose <c>.proto</c> says
/// <c>option idempotency_level = NO_SIDE_EFFECTS</c> is a read or a watch, every other one is a write. Few require something else, see
/// <see cref="OperationPermissions.Others"/>.
/// </summary>
public static class GrpcPermissions
{
    /// <summary>Maps a service and attaches <see cref="MeshPermissionMetadata"/> to each of its methods.</summary>
    /// <typeparam name="TService">The service.</typeparam>
    /// <param name="endpoints">Where it is mapped.</param>
    /// <param name="permissions">What its reads and its writes require.</param>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder endpoints,
        OperationPermissions permissions)
        where TService : class
    {
        var contract = ContractOf(typeof(TService));
        var mapped = endpoints.MapGrpcService<TService>();
        if (permissions.Others.Keys.FirstOrDefault(name => contract?.FindMethodByName(name) is null) is { } unknown)
            throw new ArgumentException($"{typeof(TService).Name} has no method {unknown}.", nameof(permissions));
        mapped.RequireMeshPermission(built =>
        {
            var method = built.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault()?.Method;
            if (method is not null && permissions.Others.TryGetValue(method.Name, out var other)) return other;
            return IsRead(contract, method) ? permissions.Read : permissions.Write;
        });
        return mapped;
    }

    /// <summary>Whether a method only reads, by its contract.</summary>
    public static bool IsRead(this MethodDescriptor method) =>
        method.GetOptions()?.IdempotencyLevel == MethodOptions.Types.IdempotencyLevel.NoSideEffects;

    // A service that is written without a .proto has no contract to say that it only reads.
    private static bool IsRead(ServiceDescriptor? contract, IMethod? method) =>
        method is not null && contract?.FindMethodByName(method.Name)?.IsRead() == true;

    private static ServiceDescriptor? ContractOf(Type service)
    {
        for (var type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } bind)
                return bind.BindType.GetProperty("Descriptor",
                    BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as ServiceDescriptor;
        }

        return null;
    }
}
