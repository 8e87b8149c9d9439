using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Mesh.LocalHosting.Engine;

namespace Aspire.Hosting;

public static class ResourceBuilderExtensions
{
    /// <summary>Sets an environment variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context => context.EnvironmentVariables[name] = value ?? "");

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context =>
        {
            callback(context);
            return Task.CompletedTask;
        });

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Func<EnvironmentCallbackContext, Task> callback) where T : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentCallbackAnnotation(callback));

    /// <summary>Sets <c>ConnectionStrings__NAME</c> to how <paramref name="source"/> is reached.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null,
        bool optional = false)
        where TDestination : IResourceWithEnvironment =>
        builder.WithAnnotation(new ReferenceAnnotation(source.Resource)).WithEnvironment(async context =>
        {
            var connectionString = await source.Resource.GetConnectionStringAsync();
            if (string.IsNullOrEmpty(connectionString) && !optional)
                throw new DistributedApplicationException($"'{source.Resource.Name}' has no connection string for '{builder.Resource.Name}'.");
            context.EnvironmentVariables[$"ConnectionStrings__{connectionName ?? source.Resource.Name}"] = connectionString ?? "";
        });

    /// <summary>Sets <c>services__NAME__ENDPOINT__0</c> to the URL of each endpoint of <paramref name="source"/>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment =>
        builder.WithAnnotation(new ReferenceAnnotation(source.Resource)).WithEnvironment(context =>
        {
            foreach (var endpoint in source.Resource.Annotations.OfType<EndpointAnnotation>())
                context.EnvironmentVariables[$"services__{source.Resource.Name}__{endpoint.Name}__0"] = source.GetEndpoint(endpoint.Name).Url;
        });

    /// <summary>Declares an HTTP endpoint: the process learns its port from <c>ASPNETCORE_URLS</c>, or from the variable <paramref name="env"/>.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder,
        int? port = null,
        int? targetPort = null,
        string? name = null,
        string? env = null,
        bool isProxied = true)
        where T : IResourceWithEndpoints
    {
        _ = isProxied; // nothing stands between a client and a child process
        return builder.WithAnnotation(new EndpointAnnotation(ProtocolType.Tcp, "http", name ?? "http", port, targetPort) { EnvironmentVariable = env });
    }

    /// <summary>Endpoints a deployment opens to the outside; on one machine all stay on loopback.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.UriScheme == "http"))
            endpoint.IsExternal = true;
        return builder;
    }

    /// <summary>A resource counts as healthy while a GET of this path answers 2xx.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        if (statusCode is not (null or 200))
            throw new NotSupportedException("The local engine asks for a 2xx answer only.");
        return builder.WithAnnotation(new HttpHealthCheckAnnotation(path ?? "/", endpointName ?? "http"));
    }

    /// <summary>Starts a resource only when <paramref name="dependency"/> is healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport =>
        builder.WithAnnotation(new WaitAnnotation(dependency.Resource));

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints =>
        new(builder.Resource, name);
}
