using Mesh.Api.Permissions;
using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.Api;

/// <summary>What an operation's description says and what its endpoint does are the same, or it is an error.</summary>
public class OperationDescriptionTests
{
    private static readonly OperationGroup Group = OperationGroup.OfModule("Things", "/things", OperationPermissions.Of("things"));
    private static readonly Parameter<string?> Name = Parameter.InPath("name", "The thing.", "one");
    private static readonly Parameter<long?> Limit = Parameter.Number("limit", "The most items.", 1, 10);
    private static readonly Parameter<bool?> Deep = Parameter.Flag("deep", "Whether parts are listed.");

    private static readonly Operation Parts = new(Group, OperationKind.Inspect, HttpMethods.Get, "/{name}/parts", "listParts",
        "Lists parts")
    {
        Parameters = [Name, Limit, Deep], Answer = typeof(WriteAnswer),
    };

    [Fact]
    public void What_is_declared_is_read()
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(Request(Parts, "?limit=7&deep=true", ("name", "one")), faults);
        Assert.Equal(("one", 7, true), (parameters.Read(Name), parameters.Read(Limit), parameters.Read(Deep)));
        parameters.End();
        Assert.False(faults.Any);
    }

    [Fact]
    public void What_is_not_declared_is_refused_and_so_is_what_is_out_of_the_declared_bounds()
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(Request(Parts, "?limit=11&depth=2", ("name", "Not_A_Name")), faults);
        Assert.Equal((null, null, null), (parameters.Read(Name), parameters.Read(Limit), parameters.Read(Deep)));
        parameters.End();
        Assert.Equal(["name not-a-dns-label", "limit out-of-range", "depth unknown-field"],
            faults.ToRefusal()!.Problems.Select(fault => $"{fault.Field} {fault.Code}"));
    }

    [Fact]
    public void Reading_something_else_than_is_declared_is_an_error()
    {
        var parameters = RequestParameters.Of(Request(Parts, ""), new Faults());
        var read = Assert.Throws<InvalidOperationException>(() => parameters.Read(StandardParameters.MinSequence));
        Assert.Equal("listParts reads 'minSequence' and does not declare it.", read.Message);
        parameters.Read(Name);
        parameters.Read(Limit);
        var unread = Assert.Throws<InvalidOperationException>(parameters.End);
        Assert.Equal("listParts declares 'deep' and does not read it.", unread.Message);
    }

    [Fact]
    public async Task So_are_another_answer_a_body_and_a_command_that_are_not_declared()
    {
        var request = Request(Parts, "");
        await Assert.ThrowsAsync<InvalidOperationException>(() => request.WriteJsonAsync(new ProblemAnswer(),
            RestJson.Default.ProblemAnswer));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => (await JsonBody.ReadAsync(request))?.Dispose());
        Assert.Throws<InvalidOperationException>(() => CommandCaller.Of(request, null, new Faults()));
    }

    [Theory]
    [InlineData(OperationKind.Inspect, false, "things.read", "", "400 500")]
    [InlineData(OperationKind.Read, false, "things.read", "minSequence consistency", "400 503 500")]
    [InlineData(OperationKind.Watch, false, "things.read", "afterSequence wait minSequence consistency", "400 429 503 500")]
    [InlineData(OperationKind.Act, true, "things.write", "", "400 413 415 503 500")]
    [InlineData(OperationKind.Write, false, "things.write", "Idempotency-Key If-Match If-None-Match", "400 412 422 503 500")]
    [InlineData(OperationKind.Write, true, "things.write", "Idempotency-Key If-Match If-None-Match", "400 412 413 415 422 503 500")]
    public void Permission_standard_parameters_and_standard_refusals_follow_from_the_kind(
        OperationKind kind, bool hasBody, string permission, string parameters, string problems)
    {
        var operation = new Operation(Group, kind, HttpMethods.Post, "", "doThing", "Does a thing")
        {
            Body = hasBody ? typeof(ServiceAnswer) : null, Answer = typeof(WriteAnswer),
        };
        Assert.Equal((permission, parameters),
            (operation.Permission, string.Join(' ', operation.Accepted.Select(parameter => parameter.Name))));
        Assert.Equal(problems, string.Join(' ', operation.Problems));
    }

    [Fact]
    public void A_refusal_that_only_this_operation_knows_is_one_of_its_statuses()
    {
        var operation = new Operation(Group, OperationKind.Write, HttpMethods.Post, "", "doThing", "Does a thing")
        {
            Answer = typeof(WriteAnswer), Refusals = [RefusalKind.Conflict, RefusalKind.LimitReached],
        };
        Assert.Equal([400, 409, 412, 422, 429, 503, 500], operation.Problems);
    }

    [Fact]
    public async Task It_is_mapped_below_each_root_with_its_permission()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapOperation(Parts, _ => Task.CompletedTask);
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        Assert.Equal(["/api/things/{name}/parts", "/api/v1/things/{name}/parts"],
            endpoints.Select(endpoint => endpoint.RoutePattern.RawText!));
        Assert.All(endpoints, endpoint =>
            Assert.Equal(("things.read", Parts), (endpoint.Metadata.GetRequiredMetadata<MeshPermissionMetadata>().Name,
                endpoint.Metadata.GetRequiredMetadata<Operation>())));
    }

    [Fact]
    public async Task A_description_that_contradicts_its_path_or_its_gRPC_method_is_not_mapped()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        var path = new Operation(Group, OperationKind.Inspect, HttpMethods.Get, "/{name}", "getThing", "") { Answer = typeof(WriteAnswer) };
        Assert.Throws<ArgumentException>(() => app.MapOperation(path, _ => Task.CompletedTask));
        var reads = new Operation(Group, OperationKind.Read, HttpMethods.Get, "", "getThing", "")
        {
            Answer = typeof(WriteAnswer), Rpc = V1.Discovery.Descriptor.Method("Register"),
        };
        Assert.Throws<ArgumentException>(() => app.MapOperation(reads, _ => Task.CompletedTask));
        Assert.Throws<ArgumentException>(() => V1.Discovery.Descriptor.Method("Unregister"));
    }

    private static DefaultHttpContext Request(Operation operation, string query, params (string Name, string Value)[] path)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        foreach (var (name, value) in path) context.Request.RouteValues[name] = value;
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(operation), operation.Id));
        return context;
    }
}
